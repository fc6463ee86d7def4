import { fail, type TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { renderPlatform } from '../oci/index.js';
import type { ContainerImage, RuntimeName } from './container.js';

/** How much of what a runtime says a message shows. */
const SAID_CHARACTERS = 1_000;

/** Colours and the like, and control characters: an error must not steer the terminal that shows it. */
const CONTROLS = /\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0009\u000b-\u001f\u007f]/g;

/** Names of containers, which are random and gone by the time that somebody reads them. */
const IDS = / ?\b[0-9a-f]{64}\b/g;

/** What runtimes say where the fault is the program's that was to be run, and not theirs or this machine's. */
const ABOUT_PROGRAM = /\bexec\b|\bexecutable\b|command that (?:was not|could not)|exec format/i;

export interface StartFailure {
  readonly image: ContainerImage;
  readonly runtime: RuntimeName;
  /** What the runtime says. */
  readonly said: string;
}

/** A runtime that could not start a container, in its own words. `details.fault` is `image` or `machine`. */
export function runtimeFailed({ image, runtime, said }: StartFailure, { env }: Pick<Host, 'env'>): TbuildError {
  const words = said.replace(CONTROLS, '').replace(IDS, '').trim().split(/\n+/).join('; ').slice(0, SAID_CHARACTERS);
  const isForeign = image.platform.architecture !== env.architecture;
  const isOfImage = ABOUT_PROGRAM.test(words);
  return fail('runtime-failed', {
    message: `${runtime} cannot run ${JSON.stringify(image.name)}: ${words === '' ? 'it does not say why' : words}`,
    hint: isForeign
      ? `The image is for ${renderPlatform(image.platform)} and this machine is ${env.architecture}: choose another one with --platform, or install an emulator (qemu-user-static).`
      : undefined,
    details: { runtime, fault: isOfImage && !isForeign ? 'image' : 'machine' },
  });
}

/** An image that no runtime could run. */
export function notRunnable(image: Pick<ContainerImage, 'name'>, why: string, hint?: string): TbuildError {
  const message = `Cannot run ${JSON.stringify(image.name)}: ${why}`;
  return fail('runtime-failed', { message, hint, details: { fault: 'image' } });
}
