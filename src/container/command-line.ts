import type { ImageConfig } from '../oci/index.js';
import type { ContainerImage, ContainerProcess } from './container.js';
import { notRunnable } from './runtime-failed.js';

/**
 * The program and its arguments (OCI image-spec, "Entrypoint", "Cmd"): arguments take the place of the image's cmd, which
 * belongs to the image's entrypoint and to no other.
 * @throws TbuildError `runtime-failed` where there is nothing to run
 */
export function commandLine(
  image: Pick<ContainerImage, 'name' | 'config'>,
  { entrypoint, args }: Pick<ContainerProcess, 'entrypoint' | 'args'>,
): readonly [program: string, ...args: string[]] {
  const { Entrypoint, Cmd } = image.config.config ?? {};
  const rest = args.length > 0 || entrypoint !== undefined ? args : (Cmd ?? []);
  const [program, ...others] = [...(entrypoint ?? Entrypoint ?? []), ...rest];
  if (program !== undefined && program !== '') return [program, ...others];
  throw notRunnable(image, 'it has neither an entrypoint nor a cmd', 'Say what to run: tbuild run REF -- PROGRAM …');
}

/** Where programs are looked for in an image that does not say it, as docker and podman have it. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `NAME=value` of a container's program: what every container has, what the image says, what is given for this run. */
export function environmentOf(
  { config }: ImageConfig,
  given: Readonly<Record<string, string>>,
  facts: { readonly home: string; readonly hostname: string },
): readonly string[] {
  const variables = new Map([
    ['PATH', DEFAULT_PATH],
    ['HOSTNAME', facts.hostname],
    ['HOME', facts.home],
  ]);
  for (const pair of config?.Env ?? []) {
    const end = pair.indexOf('=');
    if (end > 0) variables.set(pair.slice(0, end), pair.slice(end + 1));
  }
  for (const [name, value] of Object.entries(given)) variables.set(name, value);
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
