/** The verbs. What one of them needs is loaded when it is called first, so that none pays for the others. */
export const applyImage: typeof import('./apply.js').applyImage = async (...given) =>
  (await import('./apply.js')).applyImage(...given);
export const applyImages: typeof import('./apply-images.js').applyImages = async (...given) =>
  (await import('./apply-images.js')).applyImages(...given);
export const applyPlan: typeof import('./apply-plan.js').applyPlan = async (...given) =>
  (await import('./apply-plan.js')).applyPlan(...given);
export const cacheGc: typeof import('./cache.js').cacheGc = async (...given) =>
  (await import('./cache.js')).cacheGc(...given);
export const cacheStatistics: typeof import('./cache.js').cacheStatistics = async (...given) =>
  (await import('./cache.js')).cacheStatistics(...given);
export const cacheVerify: typeof import('./cache.js').cacheVerify = async (...given) =>
  (await import('./cache.js')).cacheVerify(...given);
export const copyImage: typeof import('./copy.js').copyImage = async (...given) =>
  (await import('./copy.js')).copyImage(...given);
export const deleteImage: typeof import('./delete.js').deleteImage = async (...given) =>
  (await import('./delete.js')).deleteImage(...given);
export const diffImages: typeof import('./diff.js').diffImages = async (...given) =>
  (await import('./diff.js')).diffImages(...given);
export const listFiles: typeof import('./files.js').listFiles = async (...given) =>
  (await import('./files.js')).listFiles(...given);
export const importManifest: typeof import('./import.js').importManifest = async (...given) =>
  (await import('./import.js')).importManifest(...given);
export const inspectImage: typeof import('./inspect.js').inspectImage = async (...given) =>
  (await import('./inspect.js')).inspectImage(...given);
export const lockImage: typeof import('./lock.js').lockImage = async (...given) =>
  (await import('./lock.js')).lockImage(...given);
export const logIn: typeof import('./login.js').logIn = async (...given) =>
  (await import('./login.js')).logIn(...given);
export const logOut: typeof import('./logout.js').logOut = async (...given) =>
  (await import('./logout.js')).logOut(...given);
export const planImage: typeof import('./plan.js').planImage = async (...given) =>
  (await import('./plan.js')).planImage(...given);
export const planImages: typeof import('./plan-images.js').planImages = async (...given) =>
  (await import('./plan-images.js')).planImages(...given);
export const runImage: typeof import('./run.js').runImage = async (...given) =>
  (await import('./run.js')).runImage(...given);
export const syncImages: typeof import('./sync.js').syncImages = async (...given) =>
  (await import('./sync.js')).syncImages(...given);
export const listTags: typeof import('./tags.js').listTags = async (...given) =>
  (await import('./tags.js')).listTags(...given);
export const verifyImage: typeof import('./verify.js').verifyImage = async (...given) =>
  (await import('./verify.js')).verifyImage(...given);
export const verifyRecord: typeof import('./verify-record.js').verifyRecord = async (...given) =>
  (await import('./verify-record.js')).verifyRecord(...given);
