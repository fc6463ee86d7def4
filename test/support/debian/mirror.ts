import { createReadStream, readFileSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { openServers, type Servers, servers } from '../servers.js';

export interface Mirror {
  /** `http://127.0.0.1:PORT`: the URL of the archive, without a slash at the end. */
  readonly url: string;
  /** Paths asked for so far, in order: `dists/bookworm/InRelease`. */
  readonly requests: readonly string[];
  /** How often a path was asked for. */
  count(path: string): number;
  /** From now on a path has other bytes, or is answered with a status. */
  tamper(path: string, change: ((bytes: Buffer) => Uint8Array) | number): void;
  close(): Promise<void>;
}

function fileBelow(directory: string, path: string): string | undefined {
  const file = join(directory, normalize(`/${path}`));
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : undefined;
}

async function serve(all: Servers, directory: string): Promise<Mirror> {
  const requests: string[] = [];
  const changes = new Map<string, ((bytes: Buffer) => Uint8Array) | number>();
  const answer = (path: string, response: ServerResponse): void => {
    const change = changes.get(path);
    const file = fileBelow(directory, path);
    if (typeof change === 'number' || file === undefined) {
      response.writeHead(typeof change === 'number' ? change : 404).end();
    } else if (change === undefined) {
      response.writeHead(200, { 'content-length': statSync(file).size });
      createReadStream(file).pipe(response);
    } else {
      response.writeHead(200).end(change(readFileSync(file)));
    }
  };
  const server = await all.http((response, { path }) => {
    const plain = decodeURIComponent(path).slice(1);
    requests.push(plain);
    answer(plain, response);
  });
  return {
    url: server.origin,
    requests,
    count: (path) => requests.filter((asked) => asked === path).length,
    tamper: (path, change) => void changes.set(path, change),
    close: server.close,
  };
}

/** A loopback mirror that lives until it is closed. */
export async function startMirror(directory: string): Promise<Mirror> {
  return serve(openServers(), directory);
}

/** Makes loopback mirrors of archives that are directories (`realArchive`, `makeArchive`); they live until the end of each test. */
export function mirrors(): (directory: string) => Promise<Mirror> {
  const all = servers();
  return (directory) => serve(all, directory);
}
