import { sha256 } from '../../support/layout.js';
import { type Effect, endlessBody, longBody, shortBody, wrongBody } from '../../support/registry/effects.js';
import { body, onWeb, type TamperedCase, type TamperedInput, wrongSize } from './tampered-input.js';

function fetchCase(name: string, title: string, effect: Effect, more: Partial<TamperedCase> = {}): TamperedCase {
  const path = `files/${name}`;
  const names = [`Cannot fetch http://127.0.0.1:`, path, ...(more.names ?? [])];
  return { title: `${name}: ${title}`, tamper: onWeb(path, effect), code: 'input-mismatch', ...more, names };
}

export const downloads: TamperedInput = {
  input: 'a download',
  cases: [
    fetchCase('tool.bin', 'one bit', wrongBody, { digests: true }),
    fetchCase('tool.bin', 'truncated', shortBody(), { names: wrongSize('2199 bytes') }),
    fetchCase('tool.bin', 'longer', longBody(), { names: wrongSize('2201 bytes') }),
    fetchCase('tool.bin', 'without an end', endlessBody, { names: wrongSize('more bytes') }),
    fetchCase('tool.bin', 'nothing', body(''), { names: wrongSize('0 bytes') }),
    fetchCase('tool.tar.gz', 'one bit', wrongBody, { digests: true }),
    fetchCase('tool.zip', 'one bit', wrongBody, { digests: true }),
  ],
};

/** Pinned in image.yaml, where there is no size. */
export const declared: TamperedInput = {
  input: 'a download with its sha256 in image.yaml',
  yaml: ({ yaml, web }) =>
    yaml.replace(
      'tool.bin"',
      () => `tool.bin", sha256: ${sha256(web.files.get('files/tool.bin')!).slice('sha256:'.length)}`,
    ),
  cases: [
    fetchCase('tool.bin', 'one bit', wrongBody, { digests: true }),
    fetchCase('tool.bin', 'truncated', shortBody(), { digests: true }),
    fetchCase('tool.bin', 'longer', longBody(), { digests: true }),
  ],
};
