import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../support/registry/fault-table.js';
import { makeImage, putImage } from '../../support/registry/images.js';
import { type Laboratory, openLaboratory } from '../../support/registry/laboratory.js';
import { tokenFor } from '../../support/registry/outcome.js';
import { digestOf } from '../../support/registry/registry.js';

/** Answers are compared without what is different every time. */
const COMPARED = ['location', 'docker-content-digest', 'link', 'oci-chunk-min-length', 'www-authenticate', 'range'];

/** Of an answer that may be endless. */
async function firstBytes(body: ReadableStream<Uint8Array> | null): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    pieces.push(Buffer.from(piece));
    length += piece.length;
    if (length > 4_000_000) break;
  }
  return Buffer.concat(pieces);
}

/** Sends requests as a client does, without mending anything, and notes what comes of them. */
class Observer {
  readonly outcomes: unknown[] = [];
  readonly #origin: string;
  #authorization: string;

  constructor(origin: string, authorization: string) {
    this.#origin = origin;
    this.#authorization = authorization;
  }

  forgetUser(): void {
    this.#authorization = '';
  }

  /** The Location, absolute. */
  async ask(
    path: string,
    method = 'GET',
    content?: { readonly body: Buffer; readonly type: string },
  ): Promise<string | undefined> {
    const headers = { authorization: this.#authorization, ...(content && { 'content-type': content.type }) };
    const init = {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(500),
      ...(content && { body: content.body }),
    } as const;
    try {
      const answer = await fetch(new URL(path, this.#origin), init);
      const seen = COMPARED.map((name) => answer.headers.get(name)?.replace(/[0-9a-f-]{36}|:\d{4,5}(?=\/)/g, '…'));
      this.outcomes.push([answer.status, ...seen, digestOf(await firstBytes(answer.body))]);
      const location = answer.headers.get('location');
      return location === null ? undefined : new URL(location, this.#origin).href;
    } catch (error) {
      this.outcomes.push(String(error));
      return undefined;
    }
  }
}

async function observe(change: (laboratory: Laboratory) => void): Promise<readonly unknown[]> {
  const lab = await openLaboratory();
  const image = putImage(lab.registry.repository('a'), await makeImage(), 'v1', 'v2');
  change(lab);
  const observer = new Observer(
    lab.registry.origin,
    await tokenFor(lab, 'repository:a:pull,push', 'repository:b:pull,push'),
  );
  const digests = [...image.blobs.keys()];
  for (const digest of digests) await observer.ask(`/v2/a/blobs/${digest}`);
  await observer.ask('/v2/a/tags/list');
  await observer.ask('/v2/a/manifests/v1', 'HEAD');
  await observer.ask(`/v2/b/blobs/uploads/?mount=${digests[0]}&from=a`, 'POST');
  const location = await observer.ask('/v2/b/blobs/uploads/', 'POST');
  const body = Buffer.alloc(2_000_000);
  const target = location ?? '/v2/b/blobs/uploads/x?_state=';
  await observer.ask(`${target}&digest=${digestOf(body)}`, 'PUT', { body, type: 'application/octet-stream' });
  const manifest = image.documents.get(image.digest)!;
  await observer.ask('/v2/a/manifests/v3', 'PUT', { body: manifest.bytes, type: manifest.mediaType });
  observer.forgetUser();
  await observer.ask('/v2/');
  await lab.close();
  return observer.outcomes;
}

describe('the table of faults', () => {
  it('has 26, each with its name', () => {
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(26);
  });

  it('is compared with answers that are always the same', async () => {
    const usual = await observe(() => undefined);
    expect(await observe(() => undefined)).toEqual(usual);
    expect(usual.map((outcome) => (outcome as unknown[])[0])).toEqual([
      200, 200, 200, 200, 200, 201, 202, 201, 201, 200,
    ]);
  });

  it.each(FAULTS)('$name: makes a difference', async ({ apply }) => {
    expect(await observe(apply)).not.toEqual(await observe(() => undefined));
  });
});
