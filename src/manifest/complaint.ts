/** What is wrong with one value: continues "mode is "0999", …". */
export interface Complaint {
  readonly reason: string;
  readonly hint?: string | undefined;
}
