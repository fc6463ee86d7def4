import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';

/** A pin that a frozen build needs. */
export interface NeededPin {
  /** `base "debian:12"` */
  readonly what: string;
  /** Undefined where it is the same for all. */
  readonly platform: string | undefined;
  readonly at: SourceSpan | undefined;
  /** What asks for it says by itself which it is, so that it may be found also where pins are frozen. */
  readonly isExact?: boolean;
  /** The command that finds it; `plan` if undefined. */
  readonly foundBy?: 'plan' | 'apply';
}

/** The lock of a build, for messages. */
export interface LockFile {
  /** As the user would name it. */
  readonly file: string;
  readonly isThere: boolean;
}

const nextStep = ({ foundBy = 'plan' }: NeededPin, file: string): string =>
  `Run "tbuild ${foundBy}" without --frozen, outside of CI, and commit ${JSON.stringify(file)}.`;

const detailsOf = ({ what, platform }: NeededPin, file: string) => ({
  pin: what,
  file,
  ...(platform === undefined ? {} : { platform }),
});

export function pinMissing(pin: NeededPin, { file, isThere }: LockFile): TbuildError {
  const quoted = JSON.stringify(file);
  const what = pin.platform === undefined ? pin.what : `${pin.what} for ${pin.platform}`;
  return fail('pin-missing', {
    message: isThere ? `${quoted} has no pin of ${what}` : `There is no ${quoted} to pin ${what}`,
    hint: nextStep(pin, file),
    at: pin.at,
    details: detailsOf(pin, file),
  });
}

/** @param difference what is pinned and what is asked for, told apart: references, or digests of requests */
export function pinStale(
  pin: NeededPin,
  { file }: LockFile,
  difference: { readonly pinned: string; readonly wanted: string; readonly told: string },
): TbuildError {
  const { pinned, wanted, told } = difference;
  const where = pin.platform === undefined ? '' : ` for ${pin.platform}`;
  return fail('pin-stale', {
    message: `The pin of ${pin.what}${where} in ${JSON.stringify(file)} is ${told}`,
    hint: `${nextStep(pin, file)} Other pins stay as they are.`,
    at: pin.at,
    details: { ...detailsOf(pin, file), pinned, wanted },
  });
}

/** Two parts of one image must not be made of two states of one thing. */
export function pinMoved({ what, at }: NeededPin, states: readonly string[]): TbuildError {
  return fail('input-changed', {
    message: `One build found two states of ${what}: ${states.join(' and ')}`,
    hint: 'It changed meanwhile: run the build again.',
    at,
  });
}
