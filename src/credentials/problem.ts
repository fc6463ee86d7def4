/**
 * What is wrong with a source of credentials, in words without any content of it. Stays in this room: looking for
 * credentials tells it, storing them turns it into a TbuildError.
 */
export class CredentialProblem extends Error {
  override readonly name = 'CredentialProblem';
}

/** The words of a problem; anything else is thrown on. */
export function wordsOf(error: unknown): string {
  if (error instanceof CredentialProblem) return error.message;
  throw error;
}
