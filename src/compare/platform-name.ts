import { type Platform, parsePlatform, samePlatform } from '../oci/index.js';

/** True where a name, as records have it, means this platform. */
export function samePlatformName(platform: Platform, name: string): boolean {
  const named = parsePlatform(name);
  return named !== undefined && samePlatform(named, platform);
}
