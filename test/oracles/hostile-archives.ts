import { zip } from '../inputs/zip-support.js';
import { CONTROL, rawDeb } from '../support/debian/raw-deb.js';
import { archive, block, content, pax } from '../tar/support.js';

/** An archive that would write elsewhere if it were unpacked. */
export interface HostileArchive {
  readonly title: string;
  readonly bytes: Buffer;
}

const BODY = 'hostile';
const file = (name: string) => [block({ name, size: BODY.length }), content(BODY)];
const longFile = (name: string) => [pax(['path', name]), ...file('short')];
const directory = (name: string) => block({ name, type: '5' });
const symlink = (name: string, link: string) => block({ name, type: '2', link });
const hardLink = (name: string, link: string) => block({ name, type: '1', link });

/** @param outside absolute path of a directory that an archive must not reach */
export function hostileTars(outside: string): readonly HostileArchive[] {
  const up = `${'../'.repeat(20)}${outside.slice(1)}`;
  return [
    { title: 'a name that leads out', bytes: archive(...longFile(`${up}/canary`)) },
    { title: 'an absolute name', bytes: archive(...longFile(`${outside}/canary`)) },
    { title: 'a file below a symlink', bytes: archive(symlink('d', outside), ...file('d/canary')) },
    {
      title: 'a symlink in place of a directory, and a file below it',
      bytes: archive(directory('d/'), symlink('d', outside), ...file('d/new')),
    },
    {
      title: 'a symlink that the next file would go through',
      bytes: archive(symlink('l', `${outside}/canary`), ...file('l')),
    },
    { title: 'a hard link to a file outside', bytes: archive(hardLink('l', `${outside}/canary`), ...file('l')) },
  ];
}

const SYMLINK = 0o120777;

/** @param outside as of `hostileTars` */
export function hostileZips(outside: string): readonly HostileArchive[] {
  const up = `${'../'.repeat(20)}${outside.slice(1)}`;
  const hostile = (name: string) => ({ name, content: BODY });
  return [
    { title: 'a name that leads out', bytes: zip([hostile(`${up}/canary`)]) },
    { title: 'an absolute name', bytes: zip([hostile(`${outside}/canary`)]) },
    {
      title: 'a file below a symlink',
      bytes: zip([{ name: 'd', content: outside, mode: SYMLINK }, hostile('d/canary')]),
    },
    {
      title: 'a symlink that the next file would go through',
      bytes: zip([{ name: 'l', content: `${outside}/canary`, mode: SYMLINK }, hostile('l')]),
    },
  ];
}

/** Packages of these names with such an archive as their data, and a script that would write as well. */
export function hostileDebs(outside: string): readonly (HostileArchive & { readonly name: string })[] {
  const postinst = `#!/bin/sh\necho hostile > '${outside}/canary'\n`;
  return hostileTars(outside).map(({ title, bytes }, index) => {
    const name = `hostile${index}`;
    const control = { control: CONTROL.replace('Package: tool', `Package: ${name}`), postinst };
    return { title, name, bytes: rawDeb({ control, dataTar: bytes }) };
  });
}
