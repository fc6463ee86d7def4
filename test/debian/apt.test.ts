import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choosePackages, type Package, parsePackages, unmetDependency } from '../../src/debian/index.js';
import { inParallel } from '../../src/util/index.js';
import { type Apt, aptOver } from '../support/debian/apt.js';
import { realArchive } from '../support/debian/real-archive.js';
import { need } from '../support/programs.js';
import { APT_DIFFERENCES, type AptDifference } from './apt-differences.js';

/** Small and large, with alternatives and what only others provide in their dependencies. */
const ASKED = `
  apache2 bash bsd-mailx build-essential busybox-static ca-certificates cmake coreutils cron curl dash dbus debconf-utils
  default-jre-headless docker.io exim4 file gcc git gnupg golang haproxy hello homer-api imagemagick jq less logwatch
  mailutils make mariadb-server munin nano nginx nginx-full nginx-light nodejs openssh-server openssl perl
  php-cli php-fpm podman postfix postgresql python3 python3-minimal redis-server reportbug rsync ruby sqlite3 strace sudo
  systemd tini tmux tzdata varnish vim wget
`
  .trim()
  .split(/\s+/);

const NONE: AptDifference = { tbuild: [], apt: [], reason: '' };
const archive = realArchive();

describe.skipIf(archive === undefined || !need('apt-get'))(
  'the packages that apt would install in an empty root',
  () => {
    let apt: Apt;
    let available: readonly Package[];
    /** The first run makes the cache that the others read. */
    const answers = new Map<string, Awaited<ReturnType<Apt['install']>>>();

    beforeAll(async () => {
      apt = aptOver(archive!);
      const file = join(archive!, 'dists/bookworm/main/binary-amd64/Packages');
      available = await parsePackages(createReadStream(file), { what: 'Packages', suite: 'bookworm' });
      const ask = async (name: string): Promise<void> => void answers.set(name, await apt.install([name]));
      await ask(ASKED[0]!);
      await inParallel(ASKED.slice(1), 2, ask);
    }, 600_000);
    afterAll(() => apt?.close());

    it('are asked for by enough names', () => {
      expect(new Set(ASKED).size).toBeGreaterThanOrEqual(60);
      expect(Object.keys(APT_DIFFERENCES).filter((name) => !ASKED.includes(name))).toEqual([]);
    });

    it.each(ASKED)('are ours for %s', (name) => {
      const request = { architecture: 'amd64', available, held: [], exclude: [], recommends: false, essential: false };
      const { packages } = choosePackages({ ...request, requests: [{ name }] });
      expect(unmetDependency(packages)).toBeUndefined();
      const ours = packages.map(({ name: each, version }) => `${each} ${version}`).sort();
      const theirs = answers.get(name);
      if (theirs === undefined || 'refused' in theirs) throw new Error(`apt refuses: ${theirs?.refused}`);
      const namesBesides = (some: readonly string[], others: readonly string[]): readonly string[] =>
        some.filter((each) => !others.includes(each)).map((each) => each.split(' ')[0]!);
      const { reason: _, ...expected } = APT_DIFFERENCES[name] ?? NONE;
      expect({ tbuild: namesBesides(ours, theirs), apt: namesBesides(theirs, ours) }).toEqual(expected);
    });
  },
);
