import { importApkoAccounts } from './apko-accounts.js';
import { importApkoArchs } from './apko-archs.js';
import { importApkoConfig } from './apko-config.js';
import { importApkoPackages } from './apko-packages.js';
import { importApkoPaths } from './apko-paths.js';
import type { DraftMap } from './draft.js';
import type { ImportPlace } from './foreign-manifest.js';
import { ForeignMap } from './foreign-map.js';
import { membersOf, type Reading } from './reading.js';

/** `vcs-url` is `URL@REVISION`; without a revision apko does nothing with it. */
function vcsAnnotations(top: ForeignMap, reading: Reading): DraftMap {
  const found = top.text('vcs-url');
  const [, url, revision] = /^(.*?)@(.*)$/s.exec(found?.value ?? '') ?? [];
  if (found !== undefined && url === undefined) reading.leaveOut(found.path, 'it has no "@" and revision');
  return url === undefined
    ? {}
    : { 'org.opencontainers.image.source': url, 'org.opencontainers.image.revision': revision };
}

function annotationsOf(top: ForeignMap, reading: Reading): DraftMap | undefined {
  const written = reading.fitting(top.textsByName('annotations'), (some) => ({
    annotations: membersOf(some),
    config: { labels: membersOf(some) },
  }));
  const all = {
    ...membersOf(written),
    ...vcsAnnotations(top, reading),
  };
  return Object.keys(all).length === 0 ? undefined : all;
}

const OS_RELEASE_PATH = '/etc/os-release';

/** Keys of `os-release` with the variables of os-release(5) that they set. */
const OS_RELEASE: readonly (readonly [key: string, variable: string])[] = [
  ['id', 'ID'],
  ['name', 'NAME'],
  ['pretty-name', 'PRETTY_NAME'],
  ['version-id', 'VERSION_ID'],
  ['home-url', 'HOME_URL'],
  ['bug-report-url', 'BUG_REPORT_URL'],
];

/** `os-release` of older versions of apko → the file. */
function importOsRelease(release: ForeignMap | undefined): readonly DraftMap[] {
  const lines = OS_RELEASE.flatMap(([key, variable]) => {
    const value = release?.text(key)?.value;
    return value === undefined ? [] : [`${variable}="${value.replace(/[\\"$`]/g, '\\$&')}"\n`];
  });
  release?.warnOfRest('apko');
  return lines.length === 0 ? [] : [{ text: lines.join(''), to: OS_RELEASE_PATH }];
}

function leaveOutCertificates(certificates: ForeignMap | undefined, reading: Reading): void {
  for (const certificate of certificates?.maps('additional') ?? []) {
    const name = JSON.stringify(`${certificate.text('name')?.value ?? 'ca'}.pem`);
    certificate.text('content');
    certificate.warnOfRest('apko');
    reading.leaveOut(certificate.path, `save the certificate as ${name}, and name it in a content "certificates"`);
  }
  certificates?.leaveOut('providers', 'the certificates of the package ca-certificates are trusted');
  certificates?.warnOfRest('apko');
}

function leaveOutRest(top: ForeignMap, reading: Reading): void {
  leaveOutCertificates(top.map('certificates'), reading);
  top.leaveOut('include', 'import that file, too, and put both together');
  const format = top.text('format');
  if (format !== undefined && format.value !== 'tar') reading.leaveOut(format.path, 'layers are tar archives');
}

/** apko.yaml → image.yaml, without what every image.yaml has. */
export function importApko(place: ImportPlace, reading: Reading): DraftMap {
  const top = new ForeignMap([], reading);
  const { base, layers } = importApkoPackages(top, place, reading);
  const accounts = top.map('accounts');
  const { contents, homes } = importApkoAccounts(accounts, reading);
  const release = importOsRelease(top.map('os-release'));
  const settings = [...contents, ...release, ...importApkoPaths(top, [...homes, OS_RELEASE_PATH], reading)];
  const annotations = annotationsOf(top, reading);
  const draft = {
    platforms: importApkoArchs(top, reading),
    base,
    layers: settings.length === 0 ? layers : [...layers, { name: 'settings', contents: settings }],
    config: importApkoConfig(top, annotations, reading),
    annotations,
  };
  accounts?.warnOfRest('apko');
  leaveOutRest(top, reading);
  top.warnOfRest('apko');
  return draft;
}
