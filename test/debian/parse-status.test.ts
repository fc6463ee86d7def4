import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseStatus } from '../../src/debian/index.js';
import { need } from '../support/programs.js';
import { run } from '../support/run.js';

const stanza = (name: string, state: string, more = ''): string =>
  `Package: ${name}\nStatus: install ok ${state}\nVersion: 1.0-1\nArchitecture: amd64\n${more}`;

describe('the status file of dpkg', () => {
  it('tells which packages are there, and what they need', () => {
    const text = [
      stanza(
        'aa',
        'installed',
        'Multi-Arch: foreign\nDepends: bb (>= 1), cc | dd\n , ee:any\nDescription: x\n more\n .\n',
      ),
      stanza('bb', 'triggers-pending', 'Provides: xx (= 2), yy\nPre-Depends: cc\n'),
    ].join('\n');
    const [a, b] = parseStatus(text);
    expect(a).toMatchObject({ name: 'aa', version: '1.0-1', architecture: 'amd64', multiArch: 'foreign' });
    expect(a!.depends.map((dependency) => dependency.map(({ name }) => name))).toEqual([['bb'], ['cc', 'dd'], ['ee']]);
    expect(b!.provides.map(({ name }) => name)).toEqual(['xx', 'yy']);
    expect(b!.preDepends.flat().map(({ name }) => name)).toEqual(['cc']);
    expect([a!.preDepends, a!.provides]).toEqual([[], []]);
  });

  it.each(['config-files', 'half-installed', 'unpacked', 'half-configured', 'not-installed'])(
    'leaves out what is only partly there: %s',
    (state) => {
      expect(parseStatus(`${stanza('aa', state)}\n\n${stanza('bb', 'installed')}`).map(({ name }) => name)).toEqual([
        'bb',
      ]);
    },
  );

  it('may hold what is no package', () => {
    expect(parseStatus('')).toEqual([]);
    expect(parseStatus('x\n\nPackage: A B\nStatus: install ok installed\nVersion: 1\n\n: y')).toEqual([]);
  });
});

describe.skipIf(!need('dpkg-query'))('dpkg-query', () => {
  it('says the same of this machine', async () => {
    const format = '${Package} ${Version} ${Architecture} ${db:Status-Status}\\n';
    const { stdout } = await run('dpkg-query', ['-W', '-f', format]);
    const installed = stdout.split('\n').filter((line) => line.endsWith(' installed'));
    const found = parseStatus(readFileSync('/var/lib/dpkg/status', 'utf8'));
    const lines = found.map(({ name, version, architecture }) => `${name} ${version} ${architecture} installed`);
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.sort()).toEqual(installed.sort());
  });
});
