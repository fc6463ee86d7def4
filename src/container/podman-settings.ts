import { join } from 'node:path';
import type { Files } from '../host/index.js';
import type { PrivateHome } from './private-env.js';

/** How podman keeps layers: as overlays where the kernel and the file system can, else as copies. */
export const STORAGE_DRIVERS = ['overlay', 'vfs'] as const;

export type StorageDriver = (typeof STORAGE_DRIVERS)[number];

/** The images are those that tbuild has verified; who may sign is no question here. */
const POLICY = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] });

/** What a container writes goes to who runs it; the copy that podman keeps shall not fill the disk. */
const LOG_BYTES = 1024 * 1024;

/** A TOML basic string: what JSON writes is one (TOML 1.0, "String"), but that DEL has to be escaped. */
const toml = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007F');

/** Absolute paths of what podman reads instead of the settings of the machine and of the user. */
interface PodmanFiles {
  readonly containers: string;
  readonly storage: string;
}

function storageConf(driver: StorageDriver, directory: string, { runtime }: PrivateHome): string {
  return [
    '[storage]',
    `driver = ${toml(driver)}`,
    `graphroot = ${toml(join(directory, 'storage'))}`,
    `runroot = ${toml(join(runtime, 'storage'))}`,
    '[storage.options]',
    // Without subordinate ids every file is the user's own.
    'ignore_chown_errors = "true"',
    '[storage.options.overlay]',
    // A mount of its own would stay behind.
    'skip_mount_home = "true"',
    '',
  ].join('\n');
}

const CONTAINERS_CONF = [
  '[containers]',
  'log_driver = "k8s-file"',
  `log_size_max = ${LOG_BYTES}`,
  '[engine]',
  'cgroup_manager = "cgroupfs"',
  'events_logger = "file"',
  '',
].join('\n');

function write(files: Files, path: string, text: string): void {
  files.remove(path);
  const handle = files.createFile(path);
  try {
    handle.write(Buffer.from(text));
  } finally {
    handle.close();
  }
}

/** Writes podman's settings into a private directory. @returns variables that lead podman to them. Throws errno errors. */
export function writePodmanSettings(
  {
    driver,
    directory,
    home,
  }: { readonly driver: StorageDriver; readonly directory: string; readonly home: PrivateHome },
  files: Files,
): Readonly<Record<string, string>> {
  const paths: PodmanFiles = {
    containers: join(directory, 'containers.conf'),
    storage: join(directory, 'storage.conf'),
  };
  const policy = join(home.home, '.config', 'containers');
  files.makeDirectory(policy, 0o700);
  write(files, join(policy, 'policy.json'), POLICY);
  write(files, paths.containers, CONTAINERS_CONF);
  write(files, paths.storage, storageConf(driver, directory, home));
  return { CONTAINERS_CONF: paths.containers, CONTAINERS_STORAGE_CONF: paths.storage };
}
