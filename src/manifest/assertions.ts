import type { SourceSpan } from '../errors/index.js';

/**
 * What must be true of an image. In meaning these are the tests of container-structure-test (schema 2.0.0): files and metadata are
 * looked up without running anything; commands run in a container.
 */
export interface Assertions {
  readonly files: readonly FileAssertion[];
  readonly contents: readonly ContentAssertion[];
  readonly metadata: MetadataAssertion | undefined;
  readonly commands: readonly CommandAssertion[];
}

/** `fileExistenceTests`. Undefined is not looked at. */
export interface FileAssertion {
  /** Absolute, in the image; symlinks on the way are followed, one at the end is not. */
  readonly path: string;
  readonly exists: boolean;
  /** As `ls -l` writes it: `-rwxr-xr-x`. */
  readonly permissions: string | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** `owner`, `group`, `other`, `any`: whether they may execute it. */
  readonly executableBy: 'owner' | 'group' | 'other' | 'any' | undefined;
  readonly at: SourceSpan;
}

/** `fileContentTests`: regular expressions, matched anywhere in the file. */
export interface ContentAssertion {
  readonly path: string;
  readonly expected: readonly AssertedPattern[];
  readonly excluded: readonly AssertedPattern[];
  readonly at: SourceSpan;
}

/** `metadataTest`. */
export interface MetadataAssertion {
  readonly env: readonly AssertedValue[];
  readonly labels: readonly AssertedValue[];
  /** Undefined is not looked at; an empty list asserts that there is none. */
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  readonly ports: readonly string[];
  readonly noPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly noVolumes: readonly string[];
  readonly at: SourceSpan;
}

export interface AssertedValue {
  readonly key: string;
  readonly value: AssertedPattern | string;
  readonly at: SourceSpan;
}

/** A regular expression in the syntax and with the linear-time matching of sync.yaml's patterns. */
export interface AssertedPattern {
  /** As written. */
  readonly text: string;
  /** True where it matches somewhere in the text. */
  matches(text: string): boolean;
  readonly at: SourceSpan;
}

/** `commandTests`. */
export interface CommandAssertion {
  readonly name: string;
  /** The program and its arguments. */
  readonly run: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly exitCode: number;
  readonly stdout: readonly AssertedPattern[];
  readonly noStdout: readonly AssertedPattern[];
  readonly stderr: readonly AssertedPattern[];
  readonly noStderr: readonly AssertedPattern[];
  readonly at: SourceSpan;
}
