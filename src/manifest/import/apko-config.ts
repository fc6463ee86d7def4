import { renderPath } from '../source-node.js';
import { type Draft, type DraftMap, Noted } from './draft.js';
import type { ForeignMap } from './foreign-map.js';
import { type Found, membersOf, type Reading, valuesOf } from './reading.js';
import { splitWords } from './split-words.js';

/** Variables that apko sets where the file does not. */
const OWN_VARIABLES: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin',
  SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
};

/** A command line → a list, where image.yaml takes it. */
function commandOf(key: 'entrypoint' | 'cmd', found: Found<string> | undefined, reading: Reading): Draft | undefined {
  if (found === undefined) return undefined;
  const words = splitWords(found.value);
  if ('reason' in words) {
    reading.leaveOut(found.path, `the command ${words.reason}`);
    return undefined;
  }
  return words.length > 0 && reading.accepts(found, { config: { [key]: words } }) ? words : undefined;
}

const SUPERVISOR = 'a container of tbuild starts one program: give each service an image, or start a supervisor';

/** Of several services none is the program to start. */
function serviceOf(entrypoint: ForeignMap, reading: Reading): Found<string> | undefined {
  const services = entrypoint.textsByName('services');
  const [only] = services;
  if (services.length === 1) {
    reading.warn(only!.path, `${renderPath(only!.path)} becomes the entrypoint, and no supervisor starts it again`);
    return only;
  }
  for (const { path } of services) reading.leaveOut(path, SUPERVISOR);
  return undefined;
}

function entrypointOf(entrypoint: ForeignMap, reading: Reading): Draft | undefined {
  const type = entrypoint.text('type');
  const fragment = entrypoint.text('shell-fragment');
  const isBundle = type?.value === 'service-bundle';
  if (type !== undefined && !isBundle) reading.leaveOut(type.path, `apko knows no type ${JSON.stringify(type.value)}`);
  if (isBundle) {
    const service = serviceOf(entrypoint, reading);
    for (const key of ['command', 'shell-fragment']) entrypoint.leaveOut(key, 'the services are started instead');
    return commandOf('entrypoint', service, reading);
  }
  entrypoint.leaveOut('services', 'apko starts services only where the type is "service-bundle"');
  if (fragment === undefined) return commandOf('entrypoint', entrypoint.text('command'), reading);
  entrypoint.leaveOut('command', 'the shell-fragment is started instead');
  const command = ['/bin/sh', '-c', fragment.value];
  return reading.accepts(fragment, { config: { entrypoint: command } }) ? command : undefined;
}

function envOf(top: ForeignMap, reading: Reading): DraftMap {
  const written = reading.fitting(top.textsByName('environment'), (some) => ({ config: { env: membersOf(some) } }));
  const own = new Map<string, Draft>(written.map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(OWN_VARIABLES)) {
    if (!own.has(name)) own.set(name, new Noted(value, ['apko sets this by itself.']));
  }
  return Object.fromEntries(own);
}

/** A text that image.yaml takes under this key of `config`. */
function settingOf(key: string, found: Found<string> | undefined, reading: Reading): string | undefined {
  return found !== undefined && reading.accepts(found, { config: { [key]: found.value } }) ? found.value : undefined;
}

function volumesOf(top: ForeignMap, reading: Reading): readonly string[] | undefined {
  const fitting = reading.fitting(top.texts('volumes'), (some) => ({ config: { volumes: valuesOf(some) } }));
  const volumes = valuesOf(fitting);
  return volumes.length === 0 ? undefined : volumes;
}

/** What a runtime starts, and how, → `config`. Labels are the annotations. */
export function importApkoConfig(top: ForeignMap, labels: DraftMap | undefined, reading: Reading): DraftMap {
  const entrypoint = top.map('entrypoint');
  const accounts = top.map('accounts');
  const config = {
    entrypoint: entrypoint === undefined ? undefined : entrypointOf(entrypoint, reading),
    cmd: commandOf('cmd', top.text('cmd'), reading),
    env: envOf(top, reading),
    user: settingOf('user', accounts?.text('run-as'), reading),
    workdir: settingOf('workdir', top.text('work-dir'), reading),
    volumes: volumesOf(top, reading),
    labels: labels === undefined ? undefined : new Noted(labels, ['apko makes every annotation a label, too.']),
    'stop-signal': settingOf('stop-signal', top.text('stop-signal'), reading),
  };
  entrypoint?.warnOfRest('apko');
  return config;
}
