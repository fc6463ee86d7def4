import { fail, type SourceSpan, type TbuildError } from '../../errors/index.js';

/** A tool of an artifact, for messages. */
export interface ToolPlace {
  readonly tool: string;
  readonly artifact: string;
  readonly at: SourceSpan;
}

/** Something about a tool that this machine does not have. `what` goes on after its name: `needs the package "gcc", …`. */
export function toolError(place: ToolPlace, what: string, hint: string | undefined, cause?: unknown): TbuildError {
  const { tool, artifact, at } = place;
  return fail('artifact-tool', {
    message: `The tool ${JSON.stringify(tool)} of artifact ${JSON.stringify(artifact)} ${what}`,
    hint,
    at,
    details: { artifact, tool },
    cause,
  });
}
