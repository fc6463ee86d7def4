/**
 * tbuild as a library: what the commands do, as functions from a request to data. They print nothing, read no
 * arguments, and throw a TbuildError with a stable `code` for everything that can be expected to fail.
 *
 * @example
 * ```ts
 * import { applyImage, createNodeHost, interruptOnSignals, parseReference, TbuildError } from 'tbuild';
 *
 * const host = createNodeHost({ interruption: interruptOnSignals() });
 * try {
 *   const { digest, plan } = await applyImage(host, {
 *     file: 'image.yaml',
 *     destinations: [parseReference('oci:out:latest')],
 *     report: (event) => event.kind === 'warning' && console.warn(event.message),
 *   });
 *   console.log(digest, plan.summary.layersToBuild);
 * } catch (error) {
 *   if (error instanceof TbuildError && error.code === 'input-missing') console.error(error.at?.line, error.hint);
 *   throw error;
 * }
 * ```
 */
export {
  CODES,
  type CodeFacts,
  type ErrorCode,
  type ErrorDetails,
  ExitStatus,
  type RelatedPlace,
  type SourceSpan,
  TbuildError,
} from '../errors/index.js';
export { createNodeHost, type Host, interruptOnSignals, type NodeHostOptions, type Variation } from '../host/index.js';
export {
  type DaemonReference,
  type Descriptor,
  type DiffId,
  type Digest,
  type FileReference,
  type ImageConfig,
  type ImageManifest,
  type Json,
  type Platform,
  parseDigest,
  parsePlatform,
  parseReference,
  parseRegistryReference,
  type Reference,
  type RegistryReference,
  renderReference,
  type Transport,
} from '../oci/index.js';
export * from '../operations/index.js';
export type {
  ArtifactPlan,
  BasePlan,
  Cause,
  ChangeKind,
  ConfigChange,
  EntryChange,
  EntrySide,
  Finding,
  InputChange,
  LayerPlan,
  LikelyCause,
  Plan,
  PlatformPlan,
  Reason,
  RemovedBase,
  RemovedPlatform,
  SandboxState,
  SavedPlan,
} from '../plan/index.js';
