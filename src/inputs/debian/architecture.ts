import { fail, type SourceSpan } from '../../errors/index.js';
import { type Platform, renderPlatform } from '../../oci/index.js';

/** GOARCH, with the variant where it matters → Debian's names (`dpkg-architecture -L`). */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  '386': 'i386',
  amd64: 'amd64',
  arm: 'armhf',
  'arm/v5': 'armel',
  'arm/v6': 'armel',
  'arm/v7': 'armhf',
  arm64: 'arm64',
  loong64: 'loong64',
  mips64le: 'mips64el',
  mipsle: 'mipsel',
  ppc64le: 'ppc64el',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/**
 * Debian's name of the architecture of a platform. Variants other than those of arm need the same packages.
 *
 * @throws TbuildError `package-missing` for a platform that Debian has no packages for
 */
export function debianArchitecture(platform: Platform, at: SourceSpan | undefined): string {
  const { os, architecture, variant } = platform;
  const key = architecture === 'arm' && variant !== undefined ? `arm/${variant}` : architecture;
  const name = os === 'linux' && Object.hasOwn(ARCHITECTURES, key) ? ARCHITECTURES[key] : undefined;
  if (name !== undefined) return name;
  throw fail('package-missing', { message: `Debian has no packages for ${renderPlatform(platform)}`, at });
}
