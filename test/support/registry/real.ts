import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outputOf } from '../run.js';
import { type Certificate, makeAuthority, type TestAuthority } from './certificates.js';
import { startJwtServer } from './jwt-server.js';
import { labUser } from './laboratory.js';
import { startServer, type TestServer } from './server.js';

/** `password` has TLS, too; `redirect` wants the same password, and sends who wants a blob to another origin; `read-only` refuses uploads. */
export type RealKind = 'plain' | 'password' | 'token' | 'redirect' | 'read-only';

/** The programs that {@link startRealRegistry} needs. */
export const realPrograms = ['docker-registry', 'htpasswd', 'openssl'] as const;

export interface RealOptions {
  /** How long the tokens of kind `token` say that they are good. The registry takes them for a minute longer. Seconds, 300 by default. */
  readonly tokenSeconds?: number;
  /** The data of another one, which must have ended. */
  readonly data?: string;
}

/** Distribution's `docker-registry serve` on loopback. */
export interface RealRegistry {
  readonly kind: RealKind;
  /** `127.0.0.1:PORT`; with TLS `localhost:PORT`. */
  readonly authority: string;
  readonly origin: string;
  /** Of kinds `password`, `token` and `redirect`. */
  readonly user: { readonly name: string; readonly password: string } | undefined;
  /** Of kind `password`: as in `certs.d`. */
  readonly certificateDirectory: string | undefined;
  readonly authorityFile: string | undefined;
  /** The token server, or where blobs are redirected to: its `requests` tell what it saw. */
  readonly beside: TestServer | undefined;
  readonly data: string;
  /** What it has written so far. */
  log(): string;
  /** The requests of its access log, `PUT /v2/a/manifests/b` with the status; without those that were redirected. */
  accesses(): readonly string[];
  close(): Promise<void>;
}

interface Plan {
  readonly directory: string;
  readonly port: number;
  readonly data: string;
  /** YAML of `http`, `auth`, `middleware` and more. */
  http: string;
  more: string;
  storage: string;
  beside?: TestServer;
  authority?: TestAuthority;
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function planPassword(plan: Plan): Promise<void> {
  const tls = join(plan.directory, 'tls');
  mkdirSync(tls);
  plan.authority = await makeAuthority(tls);
  const { certificateFile, keyFile }: Certificate = await plan.authority.issue('server');
  plan.http = `  tls: {certificate: ${certificateFile}, key: ${keyFile}}\n`;
  plan.more = await basicAuth(plan.directory);
}

async function basicAuth(directory: string): Promise<string> {
  const file = join(directory, 'htpasswd');
  writeFileSync(file, `${await outputOf('htpasswd', ['-Bbn', labUser.name, labUser.password])}\n`);
  return `auth:\n  htpasswd: {realm: test, path: ${file}}\n`;
}

async function planToken(plan: Plan, seconds: number): Promise<void> {
  const { certificateFile, ...signer } = await makeAuthority(plan.directory);
  const tokens = await startJwtServer({ signer, lifetimeSeconds: seconds });
  plan.beside = tokens;
  const settings = `realm: "${tokens.origin}/token", service: test.registry, issuer: ${tokens.issuer}`;
  plan.more = `auth:\n  token: {${settings}, rootcertbundle: ${certificateFile}}\n`;
}

/** Serves what the registry has on disk. */
async function planRedirect(plan: Plan): Promise<void> {
  plan.beside = await startServer({
    name: 'elsewhere',
    handle: ({ path, method }) => {
      if (method !== 'GET' && method !== 'HEAD') return { status: 405 };
      return { status: 200, body: readFileSync(join(plan.data, path)) };
    },
  });
  const middleware = `middleware:\n  storage:\n    - name: redirect\n      options: {baseurl: "${plan.beside.origin}/"}\n`;
  plan.more = (await basicAuth(plan.directory)) + middleware;
}

async function planOf(kind: RealKind, directory: string, options: RealOptions): Promise<Plan> {
  const data = options.data ?? join(directory, 'data');
  const storage = `  filesystem: {rootdirectory: ${data}}\n  delete: {enabled: true}\n`;
  const plan: Plan = { directory, port: await freePort(), data, http: '', more: '', storage };
  if (kind === 'password') await planPassword(plan);
  else if (kind === 'token') await planToken(plan, options.tokenSeconds ?? 300);
  else if (kind === 'redirect') await planRedirect(plan);
  else if (kind === 'read-only') plan.storage += '  maintenance: {readonly: {enabled: true}}\n';
  return plan;
}

function configOf({ port, http, more, storage }: Plan): string {
  const log = 'log: {level: info, accesslog: {disabled: false}}';
  return `version: 0.1\n${log}\nstorage:\n${storage}http:\n  addr: 127.0.0.1:${port}\n  secret: of-a-test\n${http}${more}`;
}

/** Waits until something listens that answers. */
async function untilReady(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break;
    if (log().includes(`listening on 127.0.0.1:${port}`)) return;
    await sleep(25);
  }
  throw new Error(`docker-registry does not start:\n${log()}`);
}

function accessesOf(log: string): readonly string[] {
  return [...log.matchAll(/"([A-Z]+) (\/v2\/\S*) HTTP\/1\.1" (\d+)/g)].map(
    ([, method, path, status]) => `${method} ${path} ${status}`,
  );
}

/** Starts it on a free port with data in a temporary directory, which ends with it. Needs {@link realPrograms}. */
export async function startRealRegistry(kind: RealKind, options: RealOptions = {}): Promise<RealRegistry> {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'tbuild-registry-'));
  const plan = await planOf(kind, directory, options);
  writeFileSync(join(directory, 'config.yml'), configOf(plan));
  const child = spawn('docker-registry', ['serve', join(directory, 'config.yml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const pieces: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece));
  const log = () => Buffer.concat(pieces).toString();
  // Also where a test ends without closing it.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const close = async () => {
    process.off('exit', kill);
    kill();
    await ended;
    await plan.beside?.close();
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  await untilReady(child, plan.port, log).catch(async (error) => {
    await close();
    throw error;
  });
  const authority = `${kind === 'password' ? 'localhost' : '127.0.0.1'}:${plan.port}`;
  return {
    kind,
    authority,
    origin: `${kind === 'password' ? 'https' : 'http'}://${authority}`,
    user: kind === 'plain' || kind === 'read-only' ? undefined : labUser,
    certificateDirectory: plan.authority?.writeCertsD(join(directory, 'certs')),
    authorityFile: plan.authority?.certificateFile,
    beside: plan.beside,
    data: plan.data,
    log,
    accesses: () => accessesOf(log()),
    close,
  };
}
