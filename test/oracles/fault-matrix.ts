import type { ErrorCode } from '../../src/errors/index.js';

/** How an operation ends, by the letter of its cell. */
export const ENDINGS: Readonly<Record<string, ErrorCode | 'success'>> = {
  /** Met the fault, and got over it. */
  '.': 'success',
  /** Never meets it: its requests and their answers are those that it has without the fault. */
  '-': 'success',
  U: 'server-unavailable',
  I: 'server-invalid',
  A: 'registry-unauthorised',
  R: 'registry-refused',
  B: 'blob-mismatch',
  M: 'image-missing',
  /** `image-missing`, where it is the base that a manifest names. */
  N: 'base-missing',
};

/**
 * What users may expect of each operation (a column, fault-operations.ts) with each fault (a row, fault-table.ts and
 * lasting-faults.ts). Written from what is right, not from what happens.
 *
 * Who only reads is stopped by nothing that concerns writing, and the other way round. What passes is waited for; what
 * lasts ends with the code that tells whose turn it is: `U` try later, `A` log in, `R` do something else, `I` and `B` tell
 * the registry's operator. `within` mounts everything and so reads no blob. `delete` and `push` read manifests with HEAD
 * only, so bad bodies of manifests are nothing to them. `sync` writes to another registry, which is well; it looks at all
 * images before it copies the first, so that a digest of which there is nothing may have been deleted in between: `M`.
 */
const TABLE = `
                                                      | inspect referrers files pull push within apply tags delete login sync
a challenge of Basic                                  |    .        .       .    .    .     .      .     .     .      .    .
several challenges in one, Bearer last, in lower case |    .        .       .    .    .     .      .     .     .      .    .
tokens that end early                                 |    .        .       .    .    .     .      .     .     .      .    .
tokens for the first scope only                       |    .        .       .    .    .     .      .     .     .      .    .
tokens for the last scope only                        |    .        .       .    .    .     .      .     .     .      .    .
429 with Retry-After in seconds                       |    .        .       .    .    .     .      .     .     .      .    .
429 with Retry-After as a date, or without            |    .        .       .    .    .     .      .     .     .      -    .
503, then 502 in HTML, then well                      |    .        .       .    .    .     .      .     .     .      -    .
connections closed without an answer                  |    .        .       .    .    .     .      .     .     .      -    .
uploads cut in the middle, which can go on            |    -        -       -    -    .     -      .     -     -      -    -
uploads cut in the middle, which are gone             |    -        -       -    -    .     -      .     -     -      -    -
lost answers to PUT                                   |    -        -       -    -    .     .      .     -     -      -    -
blobs cut in the middle                               |    -        -       .    .    -     -      .     -     -      -    .
a blob cut in the middle, and no ranges               |    -        -       .    .    -     -      .     -     -      -    .
everything otherwise, as far as it is allowed         |    .        .       .    .    .     .      .     .     .      .    .
uploads on another host                               |    -        -       -    -    .     -      .     -     -      -    -
bodies of at most 1.6 MB                              |    -        -       -    -    .     -      .     -     -      -    -
chunks of 1.3 to 1.6 MB                               |    -        -       -    -    .     -      .     -     -      -    -
mounts that are refused                               |    -        -       -    -    -     .      .     -     -      -    -
no HEAD, and no digest in any header                  |    .        .       .    .    .     .      .     -     .      -    .
blobs on another host                                 |    .        .       .    .    -     -      .     -     -      -    .
a manifest whose blobs have got lost                  |    -        -       -    -    .     .      .     -     -      -    -
blobs with a wrong bit                                |    B        B       B    B    -     -      B     -     -      -    B
blobs without end                                     |    B        B       B    B    -     -      B     -     -      -    B
redirects in a circle                                 |    I        I       I    I    I     I      I     I     I      -    I
no answer, ever                                       |    U        U       U    U    U     U      U     U     U      U    U

tokens here, blobs and uploads elsewhere              |    .        .       .    .    .     .      .     .     .      .    .
mounts that only begin an upload                      |    -        -       -    -    -     .      .     -     -      -    -
an upload that the registry forgets                   |    -        -       -    -    .     -      .     -     -      -    -
a user whom nobody knows                              |    A        A       A    A    A     A      A     A     A      A    A
a user who may only read                              |    .        .       .    .    A     A      A     .     A      .    .
403 for everything                                    |    A        A       A    A    A     A      A     A     A      A    A
tokens that nobody gives out now                      |    U        U       U    U    U     U      U     U     U      U    U
a page to log in instead of tokens                    |    I        I       I    I    I     I      I     I     I      I    I
429 every time, and an hour to wait                   |    U        U       U    U    U     U      U     U     U      U    U
429 every time                                        |    U        U       U    U    U     U      U     U     U      U    U
503 every time                                        |    U        U       U    U    U     U      U     U     U      U    U
connections closed every time                         |    U        U       U    U    U     U      U     U     U      U    U
nobody who listens                                    |    U        U       U    U    U     U      U     U     U      U    U
no registry but a site with pages                     |    M        M       M    M    R     M      N     M     M      R    M
answers compressed though nobody asked                |    I        I       I    I    -     I      I     I     -      -    I
manifests with a wrong bit                            |    B        B       B    B    -     B      B     -     -      -    B
wrong digests in headers                              |    I        I       I    I    I     I      I     -     -      -    M
blobs that end a byte early                           |    B        B       B    B    -     -      B     -     -      -    B
blobs that stop in the middle every time              |    -        -       U    U    -     -      U     -     -      -    U
blobs cut in the middle every time                    |    -        -       U    U    -     -      U     -     -      -    U
uploads cut in the middle every time                  |    -        -       -    -    U     -      U     -     -      -    -
tags that may not be moved                            |    -        -       -    -    R     R      R     -     -      -    -
a registry that only shows                            |    -        -       -    -    R     R      R     -     R      -    -
manifests that are refused                            |    -        -       -    -    R     R      R     -     -      -    -
lists that go on elsewhere                            |    -        I       -    -    -     -      -     I     -      -    -
`;

export interface Cell {
  readonly operation: string;
  readonly letter: string;
}

export interface Row {
  readonly fault: string;
  readonly cells: readonly Cell[];
}

const lines = TABLE.split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => line.split('|').map((part) => part.trim()) as [string, string]);

/** The columns, from the left. */
export const OPERATION_NAMES: readonly string[] = lines[0]![1].split(/ +/);

/** The rows, from the top. */
export const MATRIX: readonly Row[] = lines.slice(1).map(([fault, letters]) => ({
  fault,
  cells: letters.split(/ +/).map((letter, column) => ({ operation: OPERATION_NAMES[column]!, letter })),
}));
