import type { SourceSpan } from '../errors/index.js';
import type { Digest } from '../oci/index.js';
import type { ArtifactPin, FilePin, ImageLock, ImagePin, PackagePin, PackagesPin, PinChange } from './image-lock.js';

export interface PinOptions {
  /** What is there; undefined where there is no lock yet. */
  readonly lock: ImageLock | undefined;
  /** The lock as the user would name it. */
  readonly file: string;
  /** A pin that is missing or stale is an error. */
  readonly isFrozen: boolean;
  /**
   * Pins that shall be found anew: all, or those that the names name: `base`, a reference as written or in full, a URL, a layer with
   * packages, a package, an artifact.
   */
  readonly update: 'none' | 'all' | readonly string[];
}

/**
 * The pins of one build: asked for by the inputs, and told what they found. A getter gives undefined where the pin has
 * to be found; then the finder tells it. What was not asked for in the end is dropped.
 *
 * Getters throw TbuildError `pin-missing` or `pin-stale` where nothing may be found (`isFrozen`).
 */
export interface Pins {
  readonly isFrozen: boolean;
  fetch(url: string, at: SourceSpan | undefined): FilePin | undefined;
  setFetch(url: string, pin: FilePin): void;
  /** `platform` as rendered. */
  forPlatform(platform: string): PlatformPins;
  /**
   * The lock as it is to be now, and how it differs from what was there. `isNeeded` is false where there is nothing to pin
   * and was no lock.
   * @throws TbuildError `usage` where `update` names something that is not there, with what is meant
   */
  finish(): { readonly lock: ImageLock; readonly changes: readonly PinChange[]; readonly isNeeded: boolean };
}

export interface PlatformPins {
  base(wanted: WantedImage): ImagePin | undefined;
  setBase(wanted: WantedImage, pin: ImagePin): void;
  image(wanted: WantedImage): ImagePin | undefined;
  setImage(wanted: WantedImage, pin: ImagePin): void;
  debian(wanted: WantedPackages): HeldPackages;
  setDebian(wanted: WantedPackages, pin: PackagesPin): void;
  /** A pin that is stale stays until another is told: what would find it may not run. */
  artifact(wanted: WantedArtifact): ArtifactPin | undefined;
  setArtifact(wanted: WantedArtifact, pin: ArtifactPin): void;
  /** True where an update names it, until it is told anew: what is known of its output counts for nothing. */
  updatesArtifact(name: string): boolean;
  /** What the lock says of this artifact stays, whatever it is: what it is asked for is not known yet. */
  keepArtifact(name: string): void;
}

export interface WantedImage {
  /** In full. */
  readonly reference: string;
  /** As written in image.yaml. */
  readonly text: string;
  readonly at: SourceSpan | undefined;
  /** The reference has a digest, which is a pin itself: with no pin in the lock it is found also where that is frozen. */
  readonly isExact: boolean;
}

export interface WantedPackages {
  readonly layer: string;
  /** Position among the `debian` contents of the layer, from 0. */
  readonly position: number;
  readonly request: Digest;
  readonly at: SourceSpan | undefined;
}

export interface WantedArtifact {
  readonly name: string;
  readonly request: Digest;
  readonly at: SourceSpan | undefined;
}

export interface HeldPackages {
  /** All pins, where they are for this very request; undefined where packages have to be chosen. */
  readonly pin: PackagesPin | undefined;
  /** Packages of this platform that the lock holds and that are not to be updated: each keeps its version if it is chosen again. */
  readonly held: readonly PackagePin[];
}
