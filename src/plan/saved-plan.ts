import type { Digest } from '../oci/index.js';
import type { Plan } from './plan.js';

/** What `plan -o` writes and `apply` takes: plans, and what they rest on. Plain JSON with a published schema. */
export interface SavedPlan {
  readonly version: 1;
  readonly format: 1;
  /** In the order in which they are built: bases first. */
  readonly images: readonly SavedImage[];
}

export interface SavedImage {
  /** `base`: only there because an image that was asked for is put on it; it goes nowhere. */
  readonly role: 'asked' | 'base';
  readonly plan: Plan;
  readonly inputs: SavedInputs;
}

/**
 * Everything that a plan rests on, by name → digest or short value, so that what moved can be named: `manifest`, `lock`, `created`,
 * `tag docker.io/library/debian:12` (what a registry says now), `image oci:base`, `base linux/amd64`, `file src/a.js`,
 * `layer app linux/amd64`, and of artifacts `artifact server linux/amd64: tool go` (see `ArtifactFacts`). `file` is relative to the directory that the saved plan is in.
 */
export interface SavedInputs {
  readonly file: string;
  readonly facts: Readonly<Record<string, string>>;
}

export interface MovedInput {
  /** The manifest as the user would name it. */
  readonly file: string;
  /** A name of `SavedInputs.facts`. */
  readonly what: string;
  /** Digests or short values; null for nothing. */
  readonly planned: Digest | string | null;
  readonly found: Digest | string | null;
}
