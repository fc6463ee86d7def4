declare const TBUILD_VERSION: string | undefined;

/** The version in package.json: scripts/build.mjs writes it into the bundle. */
export const VERSION: string = typeof TBUILD_VERSION === 'string' ? TBUILD_VERSION : '0.0.0-source';
