import { fail, TbuildError } from '../errors/index.js';
import type { OtherManifest } from './other-images.js';

/** A failure to use another image.yaml as base: at its place where it is not there, and with that place beside its own otherwise. */
export function atOther(error: unknown, { path, at }: OtherManifest): unknown {
  if (!(error instanceof TbuildError) || error.code === 'interrupted' || error.code === 'manifest-cycle') return error;
  if (error.code === 'manifest-missing') {
    const layout = `For an OCI layout there write ${JSON.stringify(`oci:${path}`)}.`;
    const hint = error.hint?.startsWith('Did you mean')
      ? error.hint
      : `Paths start at the directory of this file. ${layout}`;
    return fail('base-missing', { message: error.message, hint, at, cause: error });
  }
  if (error.at !== undefined) return error;
  const { code, hint, details, related, problems } = error;
  const message = `Cannot build the base ${JSON.stringify(path)}: ${error.message}`;
  return fail(code, { message, hint, details, related, problems, at, cause: error });
}
