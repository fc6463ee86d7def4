import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNetrc } from '../../src/credentials/index.js';
import { failureOf } from '../support/failure-of.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { auth, expectNoSecret, makeWorld, SECRET } from './support.js';

const directory = temporaryDirectory();

/** A home of its own for each. */
function withTemporaryDirectory<T>(work: (home: string) => T): T {
  return work(mkdtempSync(join(directory.path, 'home-')));
}

const basic = (login: string, password = SECRET): string => `Basic ${auth(login, password)}`;

function found(text: string, ...hosts: readonly string[]): readonly (string | undefined)[] {
  return withTemporaryDirectory((home) => {
    const world = makeWorld(home);
    chmodSync(world.write('.netrc', text), 0o600);
    const warnings: string[] = [];
    const netrc = openNetrc(world.host, (message) => warnings.push(message));
    const all = hosts.map((host) => netrc.authorizationFor(host));
    expect(warnings).toEqual([]);
    return all;
  });
}

describe('a netrc file', () => {
  const cases: readonly (readonly [string, string, readonly string[], readonly (string | undefined)[]])[] = [
    [
      'has an entry for each host',
      `machine a.example login me password ${SECRET}\nmachine b.example\n  login you\n  password ${SECRET}2\n`,
      ['a.example', 'b.example', 'c.example', 'x.a.example', 'example'],
      [basic('me'), basic('you', `${SECRET}2`), undefined, undefined, undefined],
    ],
    ['compares hosts without case', `machine A.Example login me password ${SECRET}`, ['a.eXample'], [basic('me')]],
    ['knows addresses', `machine ::1 login me password ${SECRET}`, ['[::1]'], [basic('me')]],
    [
      'has one for all others',
      `machine a.example login me password ${SECRET} default login all password x`,
      ['a.example', 'b.example'],
      [basic('me'), basic('all', 'x')],
    ],
    [
      'counts the first of two',
      `machine a login me password ${SECRET}\nmachine a login you password x`,
      ['a'],
      [basic('me')],
    ],
    ['may have an account', `machine a login me account b password ${SECRET}`, ['a'], [basic('me')]],
    [
      'may have macros, which end with an empty line',
      `machine a login me password ${SECRET}\nmacdef init\ncd /x\nmachine b login you password x\n\nmachine c login us password y\n`,
      ['a', 'b', 'c'],
      [basic('me'), undefined, basic('us', 'y')],
    ],
    [
      'may have comments, also in an entry, and passwords that begin with a hash',
      `# machine a login x password y\nmachine a\n# none\nlogin me\npassword #${SECRET}\n`,
      ['a'],
      [basic('me', `#${SECRET}`)],
    ],
    ['may have quotes', `machine a login "me too" password "a \\"b\\\\c"`, ['a'], [basic('me too', 'a "b\\c')]],
    ['may end its lines as DOS does', `machine a\r\nlogin me\r\npassword ${SECRET}\r\n`, ['a'], [basic('me')]],
    ['says nothing without a password', 'machine a login me\ndefault login all password x', ['a'], [undefined]],
    ['may be empty', '\n', ['a'], [undefined]],
  ];
  for (const [name, text, hosts, expected] of cases) {
    it(name, () => {
      expect(found(text, ...hosts)).toEqual(expected);
    });
  }

  it.each([
    ['an unknown word', `machine a login me ${SECRET}`, 'line 1 has a word'],
    ['a password without a machine', `\nlogin me password ${SECRET}`, 'line 2 has a login before any machine'],
    ['two passwords', `machine a login me password ${SECRET}\npassword x`, 'line 2 has a second password'],
    ['an open quote', `machine a login me password "${SECRET}`, 'line 1 has a quote that does not end'],
    ['an end in the middle', 'machine a login', 'ends in the middle of an entry'],
    [
      'an entry after default',
      `default login a password b\nmachine a login me password ${SECRET}`,
      'line 2 has an entry after',
    ],
    ['a colon in the name', `machine a login me:${SECRET} password x`, 'colon'],
    ['a line end in the password', `machine a login me password "${SECRET}\\n"`, 'control character'],
  ])('is refused with %s, and nothing of it is shown', async (_what, text, reason) => {
    const failure = await failureOf(() => found(text, 'a'));
    expect(failure.code).toBe('credentials-invalid');
    expect(failure.message).toContain(reason);
    expectNoSecret(JSON.stringify([failure.message, failure.details, failure.hint]));
  });

  it('is the one that NETRC names, relative to the working directory', async () => {
    await withTemporaryDirectory(async (home) => {
      const world = makeWorld(home, { env: { NETRC: 'other' } });
      world.write('.netrc', 'machine a login wrong password x');
      const netrc = openNetrc(world.host, () => undefined);
      expect((await failureOf(() => netrc.authorizationFor('a'))).message).toContain(
        'does not exist, and NETRC names it',
      );
      world.write('other', `machine a login me password ${SECRET}`);
      expect(netrc.authorizationFor('a')).toBe(basic('me'));
    });
  });

  it('need not exist', () => {
    withTemporaryDirectory((home) => {
      expect(openNetrc(makeWorld(home).host, () => undefined).authorizationFor('a')).toBeUndefined();
    });
  });

  it('is warned of, once, where others can read it', () => {
    withTemporaryDirectory((home) => {
      const world = makeWorld(home);
      chmodSync(world.write('.netrc', `machine a login me password ${SECRET}`), 0o644);
      const warnings: string[] = [];
      const netrc = openNetrc(world.host, (message) => warnings.push(message));
      expect([netrc.authorizationFor('a'), netrc.authorizationFor('a')]).toEqual([basic('me'), basic('me')]);
      expect(warnings).toEqual([expect.stringMatching(/^others can read the passwords in ".*\.netrc"/)]);
      expectNoSecret(warnings.join());
    });
  });
});
