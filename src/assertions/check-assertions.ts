import type { Assertions } from '../manifest/index.js';
import { type ImageConfig, type Platform, renderPlatform } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import { checkContent } from './check-content.js';
import { checkFile } from './check-file.js';
import { checkMetadata } from './check-metadata.js';
import { findEntry, findTarget } from './find-entry.js';
import { type CheckedAssertion, outcomeOf } from './outcome.js';

/** The image of one platform. */
export interface AssertedImage {
  /** All layers on top of each other; files can be opened. Only `get` is asked. */
  readonly tree: FileTree;
  readonly config: ImageConfig;
  readonly platform: Platform;
}

/** Asks a tree for everything that looking at files and contents will ask for, contents aside. */
export function visitPaths({ files, contents }: Pick<Assertions, 'files' | 'contents'>, tree: FileTree): void {
  for (const { path } of files) findEntry(tree, path);
  for (const { path } of contents) findTarget(tree, path);
}

/**
 * Looks at what is asserted of files, contents and metadata, in the order in which it is written; nothing is run. In
 * meaning these are fileExistenceTests, fileContentTests and metadataTest of container-structure-test (schema 2.0.0).
 * @throws what opening a file of the tree reports
 */
export async function checkAssertions(
  assertions: Omit<Assertions, 'commands'>,
  { tree, config, platform: of }: AssertedImage,
): Promise<readonly CheckedAssertion[]> {
  const { files, contents, metadata } = assertions;
  const platform = renderPlatform(of);
  const results: CheckedAssertion[] = [];
  for (const file of files) {
    results.push(outcomeOf({ what: `files ${file.path}`, platform, at: file.at }, checkFile(file, tree)));
  }
  for (const content of contents) {
    const asserted = { what: `contents ${content.path}`, platform, at: content.at };
    results.push(outcomeOf(asserted, await checkContent(content, tree)));
  }
  const lines = metadata === undefined ? [] : checkMetadata(metadata, config);
  for (const { name, problems, at } of lines) {
    results.push(outcomeOf({ what: `metadata ${name}`, platform, at }, problems));
  }
  return results;
}
