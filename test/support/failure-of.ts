import { TbuildError } from '../../src/errors/index.js';

/** What the work fails with, which must be one of ours; anything else is a bug and is thrown on. */
export async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<TbuildError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (error instanceof TbuildError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
