import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { resolveCreated } from '../../src/operations/resolve-created.js';
import { need } from '../support/programs.js';

const real = createNodeHost();
const at = { file: 'image.yaml', line: 3, column: 1, length: 3 };

function hostWith(variables: Readonly<Record<string, string>>): Host {
  return { ...real, env: { ...real.env, variable: (name) => variables[name] || real.env.variable(name) } };
}

const resolve = (epoch: string) =>
  resolveCreated(hostWith({ SOURCE_DATE_EPOCH: epoch }), '/', { kind: 'epoch', seconds: 7 });

describe('the time of an image', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['2147483648', 2 ** 31],
    ['8589934591', 2 ** 33 - 1],
    ['8589934592', 2 ** 33],
    ['253402300799', 253402300799],
    ['', 7],
  ])('is SOURCE_DATE_EPOCH where that is a time: %j', async (text, expected) => {
    expect(await resolve(text)).toBe(expected);
  });

  it.each(['-1', 'abc', '1e3', ' 1', '1 ', '01', '1.5', '0x10', '253402300800', '99999999999999999999'])(
    'is not guessed where SOURCE_DATE_EPOCH is no time: %j',
    async (text) => {
      await expect(resolve(text)).rejects.toMatchObject({ code: 'environment-invalid', exit: 64 });
    },
  );

  describe.skipIf(!need('git'))('with "created: git"', () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'tbuild-git-'));
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));
    const git = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: directory,
        env: {
          ...process.env,
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_COMMITTER_DATE: '2001-02-03T04:05:06+07:00',
          GIT_AUTHOR_NAME: 'a',
          GIT_AUTHOR_EMAIL: 'a@example.com',
          GIT_COMMITTER_NAME: 'a',
          GIT_COMMITTER_EMAIL: 'a@example.com',
        },
      });

    it('is the committer time of HEAD; without a commit it is an error at its place', async () => {
      git('init', '-q');
      const attempt = () => resolveCreated(hostWith({}), directory, { kind: 'git', at });
      await expect(attempt()).rejects.toMatchObject({ code: 'created-unknown', at });
      git('commit', '-q', '--allow-empty', '-m', 'one');
      expect(await attempt()).toBe(Date.parse('2001-02-03T04:05:06+07:00') / 1000);
    });
  });
});
