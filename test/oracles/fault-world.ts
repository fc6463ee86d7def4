import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNodeHost, type Host } from '../../src/host/index.js';
import type { BuildEvent } from '../../src/operations/index.js';
import { sha256 } from '../support/layout.js';
import { type Laboratory, labUser, openLaboratory } from '../support/registry/laboratory.js';
import { plainQuirks } from '../support/registry/quirks.js';
import { startRegistry, type TestRegistry } from '../support/registry/registry.js';
import { furnish, type Images, type World } from './fault-operations.js';

/** What came and went. */
export interface Counts {
  /** Of bodies of answers, as far as they were read. */
  receivedBytes: number;
  /** Milliseconds that were to be waited. */
  readonly waits: number[];
}

export interface CountedWorld extends World {
  readonly events: readonly BuildEvent[];
  readonly counts: Counts;
  close(): Promise<void>;
}

/** A machine that does not really wait, whose user may do everything in the registry. */
function hostOf(directory: string, registry: string, counts: Counts): Host {
  const real = createNodeHost();
  const variables: Readonly<Record<string, string>> = {
    HOME: directory,
    TBUILD_REGISTRY: registry,
    TBUILD_USERNAME: labUser.name,
    TBUILD_PASSWORD: labUser.password,
  };
  const sleep: Host['clock']['sleep'] = async (milliseconds) => {
    counts.waits.push(milliseconds);
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  // Not what the servers sent: of that, much is in the buffers of the system when nobody reads on.
  const request: Host['http']['request'] = async (options) => {
    const answer = await real.http.request(options);
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of answer.body) {
        counts.receivedBytes += chunk.length;
        yield chunk;
      }
    };
    return { ...answer, body: body(), discard: () => answer.discard() };
  };
  const env = { ...real.env, workingDirectory: directory, variable: (name: string) => variables[name] };
  return { ...real, env, clock: { ...real.clock, sleep }, http: { ...real.http, request } };
}

/** @param timeoutMs how long the client waits for servers that say nothing; this is really waited */
export async function openWorld(images: Images, timeoutMs: number): Promise<CountedWorld> {
  const lab = await openLaboratory();
  const well = await startRegistry({ name: 'well' });
  const directory = mkdtempSync(join(tmpdir(), 'tbuild-fault-matrix-'));
  const path = (name: string): string => join(directory, name);
  const events: BuildEvent[] = [];
  const counts: Counts = { receivedBytes: 0, waits: [] };
  const world: CountedWorld = {
    ...{ lab, well, path, events, counts },
    host: hostOf(directory, lab.registry.authority, counts),
    options: {
      cacheDirectory: path('cache'),
      network: { authFile: path('auth.json'), timeoutMs },
      report: (event) => void events.push(event),
    },
    async close() {
      await Promise.all([lab.close(), well.close()]);
      rmSync(directory, { recursive: true });
    },
  };
  furnish(world, images);
  return world;
}

/** What was asked and answered, without what is different every time; and of what the user was warned. */
export function exchangesOf({ lab, well, events }: CountedWorld): readonly string[] {
  const lines = [...lab.requests, ...well.requests].map(({ server, method, url, status }) => {
    const path = url.replace(/[0-9a-f]{64}/g, 'D').replace(/uploads\/[^?]+|_state=[^&]+/g, 'U');
    return `${server} ${method} ${path} ${status}`;
  });
  return [...lines, ...events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []))].sort();
}

const tagsOf = (registry: TestRegistry): readonly string[] =>
  [...registry.repositories].flatMap(([name, { tags }]) =>
    [...tags].map(([tag, digest]) => `${name}:${tag}=${digest}`),
  );

/** All that others can see of what was done. */
export function visibleIn({ lab, well, path }: World) {
  const index = path('out/index.json');
  return {
    tags: [...tagsOf(lab.registry), ...tagsOf(well).map((tag) => `well ${tag}`)],
    pulled: existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')).manifests : [],
    credentials: readFileSync(path('auth.json'), 'utf8'),
  };
}

/** What the tags of a registry lead to and is not there, or is not what it is called. */
function brokenIn(registry: TestRegistry): readonly string[] {
  const broken = new Set<string>();
  for (const [name, { tags, manifests, blobs }] of registry.repositories) {
    const visit = (digest: string): void => {
      const found = manifests.get(digest);
      if (found === undefined || sha256(found.bytes) !== digest) broken.add(`${name}@${digest}`);
      const { config, layers = [], manifests: children = [] } = found?.document ?? {};
      for (const blob of config === undefined ? [] : [config, ...layers]) {
        const bytes = blobs.get(blob.digest);
        if (bytes === undefined || sha256(bytes) !== blob.digest) broken.add(`${name} ${blob.digest}`);
      }
      for (const child of children) visit(child.digest);
    };
    for (const digest of new Set(tags.values())) visit(digest);
  }
  return [...broken];
}

/** Blobs of a cache or layout that are not what they are called, and whatever else lies among them. */
function wrongBlobsIn(directory: string): readonly string[] {
  const blobs = join(directory, 'blobs', 'sha256');
  const names = existsSync(blobs) ? readdirSync(blobs) : [];
  return names.filter((name) => sha256(readFileSync(join(blobs, name))) !== `sha256:${name}`);
}

/** All that is in one place or the other and should not be. */
export function damageIn({ lab, well, path }: World): readonly string[] {
  return [
    ...[lab.registry, well].flatMap((registry) => brokenIn(registry)),
    ...['out', 'cache'].flatMap((directory) => wrongBlobsIn(path(directory))),
  ];
}

/** What only the servers and this user may know and a text tells. */
export function secretsIn(text: string, { tokens, requests }: Laboratory): readonly string[] {
  const { name, password } = labUser;
  const basic = Buffer.from(`${name}:${password}`).toString('base64');
  const states = requests.flatMap(({ url }) => /_state=[^&]+/.exec(url) ?? []);
  return [password, basic, ...tokens.tokens, 'secret-of-the-url', ...states].filter((secret) => text.includes(secret));
}

/** Ends every fault. */
export function makeWell({ registry, tokens }: Laboratory): void {
  registry.faults.clear();
  tokens.faults.clear();
  registry.guard = undefined;
  Object.assign(registry.quirks, plainQuirks);
}
