import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TbuildError } from '../../src/errors/index.js';
import { artifact, type Bench, onBench } from '../artifact/support.js';
import { lay, lines, textOf } from '../inputs/support.js';
import { ESCAPES, type Escape } from './sandbox-escapes.js';

/** What came of one attempt. */
export interface Attempt {
  /** The output, as mode and path. */
  readonly output?: readonly string[];
  /** What the script says of itself in the file `x`. */
  readonly said?: string;
  readonly code?: string;
  readonly message?: string;
}

/** What came of all, and what the machine looks like afterwards. */
export interface Report {
  readonly reason: string | undefined;
  readonly strict: Readonly<Record<string, Attempt>>;
  readonly relaxed: Readonly<Record<string, Attempt>>;
  /** Of things that must not change: name → what is there after the strict attempts. */
  readonly after: Readonly<Record<string, string>>;
  readonly leftProcesses: readonly string[];
}

const MINE = 'tbuild-escapes';

async function listen(): Promise<{ port: number; udpPort: number; name: string; close(): void }> {
  const name = `${MINE}-${process.pid}`;
  const servers = [createServer((socket) => socket.end()), createServer((socket) => socket.end())] as const;
  await new Promise<void>((resolve) => servers[0].listen(0, '127.0.0.1', resolve));
  // Node listens on names in the file system only; an abstract one is given as bytes that begin with NUL.
  await new Promise<void>((resolve) => servers[1].listen(`\0${name}`, resolve));
  const udp = createSocket('udp4');
  udp.on('message', (_, { port, address }) => udp.send('!', port, address));
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  const address = servers[0].address();
  const close = (): void => {
    for (const server of servers) server.close();
    udp.close();
  };
  return { port: typeof address === 'object' ? address!.port : 0, udpPort: udp.address().port, name, close };
}

async function tryOne(
  row: Escape,
  level: 'strict' | 'relaxed',
  bench: Bench,
  env: Record<string, string>,
): Promise<Attempt> {
  const declared = { ...row.declared, env, sandbox: level, name: row.name.replaceAll(' ', '-'), include: ['src'] };
  const tools = ['true', ...(row.declared?.tools ?? [])];
  // `grep` reads on for the pipes in some of them.
  const all = row.script.includes('grep') ? [...tools, 'grep'] : tools;
  try {
    const output = await bench.build(artifact(row.script, { ...declared, tools: [...new Set(all)] }));
    const x = output.get('x');
    const said = x?.kind === 'file' && x.size < 100 ? (await textOf(x)).trim() : '';
    return { output: lines(output).map((line) => line.replace(env.HOST_HOME!, '$HOST_HOME')), said };
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return { code: error.code, message: error.message };
  }
}

const AT_A_TIME = 4;

/** Attempts that use nothing up are made side by side: there are many, and most of their time is waiting. */
async function tryStrict(bench: Bench, env: Record<string, string>): Promise<Record<string, Attempt>> {
  const said: Record<string, Attempt> = {};
  const left = ESCAPES.filter(({ declared }) => declared?.limits === undefined);
  const work = async (): Promise<void> => {
    for (let row = left.pop(); row !== undefined; row = left.pop())
      said[row.name] = await tryOne(row, 'strict', bench, env);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  for (const row of ESCAPES) said[row.name] ??= await tryOne(row, 'strict', bench, env);
  return said;
}

/** Ends what is left of the attempts, by their mark; the command lines. */
function endLeftProcesses(): string[] {
  const read = (id: string): string => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'latin1').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  };
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && read(name).includes('86391'));
  const lines = ids.map(read);
  for (const id of ids) process.kill(Number(id), 'SIGKILL');
  return lines;
}

const listed = (directory: string): string => readdirSync(directory).sort().join();

async function main(reportFile: string, home: string): Promise<void> {
  lay(home, { '.ssh/id_ed25519': 'secret', '.docker/config.json': 'secret', 'bin/mytool!': '#!/bin/sh\necho mine\n' });
  const shared = mkdtempSync(join(tmpdir(), `${MINE}-shared-`));
  const services = await listen();
  process.env.PATH = `${join(home, 'bin')}:/usr/bin:/bin:/usr/sbin:/sbin`;
  const layout = { 'src/a': 'input\n', 'undeclared.txt': 'secret' };
  await onBench(layout, async (bench) => {
    const env = {
      ...{ PORT: String(services.port), UDP_PORT: String(services.udpPort), NAME: services.name },
      ...{ HOST_HOME: home, HOST_TMP: shared, HOST_PID: String(process.pid), PROJECT: bench.directory },
      TOOL: join(home, 'bin/mytool'),
    };
    const { reason } = await bench.context.sandboxes.stateFor({ ...artifact(''), sandbox: undefined });
    const strict = await tryStrict(bench, env);
    const relaxed: Record<string, Attempt> = {};
    const after = {
      home: listed(home),
      shared: listed(shared),
      tool: readFileSync(env.TOOL, 'utf8'),
      input: readFileSync(join(bench.directory, 'src/a'), 'utf8'),
      inputs: listed(join(bench.directory, 'src')),
    };
    const left = endLeftProcesses();
    for (const row of ESCAPES) {
      if (row.control === undefined) continue;
      relaxed[row.name] = await tryOne(row, 'relaxed', bench, env);
      lay(home, { 'bin/mytool!': '#!/bin/sh\necho mine\n' });
    }
    // With a directory in it that is closed to its owner, which Node's own function cannot remove.
    bench.context.host.files.removeTree(join(bench.context.store.directory, 'failed'));
    const report: Report = { reason, strict, relaxed, after, leftProcesses: left };
    writeFileSync(reportFile, JSON.stringify(report));
  });
  services.close();
  rmSync(shared, { recursive: true });
}

const [reportFile = '', home = ''] = process.argv.slice(2);
mkdirSync(home, { recursive: true });
await main(reportFile, home);
