import { posix } from 'node:path';
import type { Draft, DraftMap } from './draft.js';
import type { ImportPlace } from './foreign-manifest.js';
import { ForeignMap } from './foreign-map.js';
import { membersOf, type Reading, valuesOf } from './reading.js';
import { absolutePath, archiveOf, importSmithPackage } from './smith-package.js';
import { importSmithUser } from './smith-user.js';

/** The directory whose contents smith lays over the image. */
const OVERLAY = 'rootfs';

/** `A=1` → members of a map; of a variable that is written twice the last counts, as it does for a program. */
function envOf(top: ForeignMap, reading: Reading): DraftMap | undefined {
  const variables = top.texts('env').flatMap((found) => {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(found.value) ?? [];
    if (name !== undefined && value !== undefined) return [{ path: found.path, name, value }];
    reading.leaveOut(found.path, 'it has no "=" and so no value');
    return [];
  });
  const env = reading.fitting(variables, (some) => ({ config: { env: membersOf(some) } }));
  return env.length === 0 ? undefined : membersOf(env);
}

/** `8080` is `8080/tcp`, as for every runtime. */
function portsOf(top: ForeignMap, reading: Reading): readonly string[] | undefined {
  const ports = top.map('ports');
  const written = (ports?.names() ?? []).map((name) => {
    const value = name.includes('/') ? name : `${name}/tcp`;
    return { value, path: ports!.pathOf(name) };
  });
  const fitting = reading.fitting(written, (some) => ({ config: { ports: valuesOf(some) } }));
  return fitting.length === 0 ? undefined : valuesOf(fitting);
}

function labelsOf(top: ForeignMap, reading: Reading): DraftMap | undefined {
  const labels = reading.fitting(top.textsByName('labels'), (some) => ({ config: { labels: membersOf(some) } }));
  return labels.length === 0 ? undefined : membersOf(labels);
}

function commandOf(key: 'entrypoint' | 'cmd', top: ForeignMap, reading: Reading): Draft | undefined {
  const words = top.texts(key);
  if (words.length === 0) return undefined;
  const command = words.map(({ value }) => value);
  return reading.accepts({ value: command, path: top.pathOf(key) }, { config: { [key]: command } })
    ? command
    : undefined;
}

/** Directories that hold data outside the image, each once. */
function mountsOf(top: ForeignMap, reading: Reading): readonly string[] {
  const mounts = top.texts('mounts').map((found) => ({ ...found, value: absolutePath(found.value) }));
  const fitting = reading.fitting(mounts, (some) => ({
    layers: [{ name: 'x', contents: valuesOf(some).map((directory) => ({ directory })) }],
    config: { volumes: valuesOf(some) },
  }));
  return valuesOf(fitting);
}

function baseOf(top: ForeignMap, place: ImportPlace, reading: Reading): string {
  const parent = top.text('parent');
  const base = parent === undefined ? 'scratch' : archiveOf(parent, place, reading);
  return parent !== undefined && !reading.accepts(parent, { base }) ? 'scratch' : base;
}

function overlayOf({ directory, hasDirectory }: ImportPlace, owner: string): readonly DraftMap[] {
  if (!hasDirectory(OVERLAY)) return [];
  const files = directory === '.' ? `./${OVERLAY}` : posix.join(directory, OVERLAY);
  return [{ files, to: '/', exclude: ['**/.gitignore'], owner }];
}

function leaveOutMock(top: ForeignMap): void {
  const mock = top.map('mock');
  for (const key of mock?.names() ?? []) mock!.leaveOut(key, 'nothing is built of RPM packages');
}

/** smith.yaml → image.yaml, without what every image.yaml has. */
export function importSmith(place: ImportPlace, reading: Reading): DraftMap {
  const top = new ForeignMap([], reading);
  const { user, owner, accounts, needsNames } = importSmithUser(top, reading);
  const base = baseOf(top, place, reading);
  const layers = importSmithPackage(top, { place, nameService: needsNames }, reading);
  const mounts = mountsOf(top, reading);
  const directories = mounts.map((directory) => ({ directory, owner }));
  const rest = [...accounts, ...directories, ...overlayOf(place, owner)];
  const draft = {
    platforms: ['linux/amd64'],
    base,
    layers: rest.length === 0 ? layers : [...layers, { name: 'settings', contents: rest }],
    config: {
      entrypoint: commandOf('entrypoint', top, reading),
      cmd: commandOf('cmd', top, reading),
      env: envOf(top, reading),
      user,
      workdir: workdirOf(top, reading),
      ports: portsOf(top, reading),
      volumes: mounts.length === 0 ? undefined : mounts,
      labels: labelsOf(top, reading),
    },
  };
  leaveOutMock(top);
  top.warnOfRest('smith');
  return draft;
}

function workdirOf(top: ForeignMap, reading: Reading): string | undefined {
  const found = top.text('dir');
  return found !== undefined && reading.accepts(found, { config: { workdir: found.value } }) ? found.value : undefined;
}
