/** What an image runs on. OCI image-spec, "Image Index", property `platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const PLATFORM = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9_.]+))?$/;

/** `linux/arm64/v8` → Platform; undefined where the text is no platform. */
export function parsePlatform(text: string): Platform | undefined {
  const match = PLATFORM.exec(text);
  if (!match) return undefined;
  const [, os = '', architecture = '', variant] = match;
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

export function renderPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The variant that an architecture has when none is written (containerd's normalisation: amd64 is v1, arm64 v8, arm v7). */
function effectiveVariant(platform: Platform): string | undefined {
  if (platform.variant !== undefined) return platform.variant;
  return { amd64: 'v1', arm64: 'v8', arm: 'v7' }[platform.architecture];
}

/** True where both name the same machine, `linux/arm64` and `linux/arm64/v8` alike. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.architecture === b.architecture && effectiveVariant(a) === effectiveVariant(b);
}
