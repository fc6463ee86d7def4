/** Packages of another distribution by name, with what they are in Debian: the same software, with the same files in use. */
export type DebianNames = ReadonlyMap<string, string>;

const SAME = [
  ...['bash', 'ca-certificates', 'coreutils', 'curl', 'findutils', 'gawk', 'git', 'grep', 'gzip', 'haproxy', 'jq'],
  ...['less', 'memcached', 'nginx', 'openssl', 'patch', 'rsync', 'sed', 'socat', 'strace', 'tar', 'tzdata', 'unzip'],
  ...['wget', 'zip', 'zstd'],
] as const;

const same = SAME.map((name) => [name, name] as const);

/** Of Alpine and Wolfi. */
export const ALPINE_NAMES: DebianNames = new Map([
  ...same,
  ['ca-certificates-bundle', 'ca-certificates'],
  ['dumb-init', 'dumb-init'],
  ['glibc', 'libc6'],
  ['iproute2', 'iproute2'],
  ['libcrypto3', 'libssl3'],
  ['libgcc', 'libgcc-s1'],
  ['libssl3', 'libssl3'],
  ['libstdc++', 'libstdc++6'],
  ['procps', 'procps'],
  ['sqlite', 'sqlite3'],
  ['sqlite-libs', 'libsqlite3-0'],
  ['tini', 'tini'],
  ['xz', 'xz-utils'],
  ['zlib', 'zlib1g'],
]);

/** Of Oracle Linux, Fedora and their relatives. */
export const RPM_NAMES: DebianNames = new Map([
  ...same,
  ['glibc', 'libc6'],
  ['iproute', 'iproute2'],
  ['libgcc', 'libgcc-s1'],
  ['libstdc++', 'libstdc++6'],
  ['openssh-clients', 'openssh-client'],
  ['perl', 'perl'],
  ['procps-ng', 'procps'],
  ['python3', 'python3'],
  ['sqlite', 'sqlite3'],
  ['xz', 'xz-utils'],
  ['zlib', 'zlib1g'],
]);

/** What keeps another distribution going, and has no use where Debian's packages are. */
export const NEEDLESS_NAMES: ReadonlyMap<string, string> = new Map([
  ['alpine-keys', "it holds keys of Alpine's packages"],
  ['apk-tools', "it installs Alpine's packages"],
  ['musl', "Debian's packages bring the C library that they need"],
  ['wolfi-keys', "it holds keys of Wolfi's packages"],
]);
