import type { Probe, Seen } from './probe.js';
import { digestOf } from './registry.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Requests one after the other, and what was answered. */
export interface Scenario {
  readonly name: string;
  play(probe: Probe): Promise<readonly Seen[]>;
}

/** A manifest of blobs that the probe has put. */
async function manifestIn(
  probe: Probe,
  repository: string,
  more: { readonly layers?: readonly unknown[]; readonly subject?: unknown } = {},
) {
  const config = await probe.putBlob(
    repository,
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
  );
  return {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 78 },
    layers: [],
    ...more,
  };
}

const start = (probe: Probe, query = '') => probe.send(`/v2/a/b/blobs/uploads/${query}`, { method: 'POST' });
const octets = { 'content-type': 'application/octet-stream' };

/** What clients rely on, and each registry may do differently. */
export const scenarios: readonly Scenario[] = [
  { name: 'a ping', play: async (probe) => [await probe.send('/v2/')] },
  {
    name: 'an upload in one piece',
    play: async (probe) => [
      await start(probe),
      await probe.go('PUT', `digest=${digestOf(Buffer.from('hello'))}`, { body: 'hello' }),
    ],
  },
  {
    name: 'an upload by POST alone',
    play: async (probe) => [
      await probe.send(`/v2/a/b/blobs/uploads/?digest=${digestOf(Buffer.from('alone'))}`, {
        method: 'POST',
        body: 'alone',
        headers: octets,
      }),
    ],
  },
  {
    name: 'an upload in chunks, with its status',
    play: async (probe) => [
      await start(probe),
      await probe.go('PATCH', '', { body: 'hello', headers: { ...octets, 'content-range': '0-4' } }),
      await probe.go('GET'),
      await probe.go('PATCH', '', { body: ' world', headers: { ...octets, 'content-range': '5-10' } }),
      await probe.go('PUT', `digest=${digestOf(Buffer.from('hello world'))}`),
    ],
  },
  {
    name: 'bytes of another digest',
    play: async (probe) => [
      await start(probe),
      await probe.go('PUT', `digest=${digestOf(Buffer.from('a'))}`, { body: 'b' }),
    ],
  },
  { name: 'no digest', play: async (probe) => [await start(probe), await probe.go('PUT', '', { body: 'b' })] },
  {
    name: 'a digest that is none',
    play: async (probe) => [await start(probe), await probe.go('PUT', 'digest=sha256:abc', { body: 'b' })],
  },
  {
    name: 'a Content-Range with a gap',
    play: async (probe) => [
      await start(probe),
      await probe.go('PATCH', '', { body: 'hello', headers: { ...octets, 'content-range': '7-11' } }),
    ],
  },
  {
    name: 'a Location of before',
    play: async (probe) => {
      await start(probe);
      const before = probe.location;
      await probe.go('PATCH', '', { body: 'hello', headers: octets });
      return [await probe.send(before), await probe.send(before, { method: 'PATCH', body: 'x', headers: octets })];
    },
  },
  {
    name: 'a Location without its query',
    play: async (probe) => {
      await start(probe);
      return [await probe.send(probe.location.split('?')[0]!)];
    },
  },
  {
    name: 'an upload that is given up',
    play: async (probe) => {
      await start(probe);
      const at = probe.location;
      return [await probe.go('DELETE'), await probe.send(at)];
    },
  },
  {
    name: 'blobs that are not there',
    play: async (probe) => [
      await probe.send(`/v2/a/b/blobs/${digestOf(Buffer.from('?'))}`),
      await probe.send(`/v2/a/b/blobs/${digestOf(Buffer.from('?'))}`, { method: 'HEAD' }),
    ],
  },
  {
    name: 'a blob, whole and in part',
    play: async (probe) => {
      const path = `/v2/a/b/blobs/${await probe.putBlob('a/b', '0123456789')}`;
      const part = (range: string) => probe.send(path, { headers: { range } });
      return [
        await probe.send(path),
        await probe.send(path, { method: 'HEAD' }),
        await part('bytes=3-'),
        await part('bytes=3-5'),
        await part('bytes=3-99'),
      ];
    },
  },
  {
    name: 'mounts',
    play: async (probe) => {
      const digest = await probe.putBlob('a/b', 'mounted');
      const mount = (query: string) => probe.send(`/v2/c/d/blobs/uploads/?${query}`, { method: 'POST' });
      return [
        await mount(`mount=${digest}&from=a/b`),
        await mount(`mount=${digestOf(Buffer.from('?'))}&from=a/b`),
        await mount(`mount=${digest}&from=nowhere`),
        await probe.send(`/v2/c/d/blobs/${digest}`),
      ];
    },
  },
  {
    name: 'a manifest by tag and digest',
    play: async (probe) => {
      const document = await manifestIn(probe, 'a/b');
      const digest = digestOf(Buffer.from(JSON.stringify(document)));
      return [
        await probe.putManifest('a/b', 'v1', document),
        await probe.putManifest('a/b', digest, document),
        await probe.send('/v2/a/b/manifests/v1', { headers: { accept: MANIFEST } }),
        await probe.send('/v2/a/b/manifests/v1', { headers: { accept: MANIFEST }, method: 'HEAD' }),
        await probe.send(`/v2/a/b/manifests/${digest}`, { headers: { accept: MANIFEST } }),
        await probe.send('/v2/a/b/manifests/v2', { headers: { accept: MANIFEST } }),
      ];
    },
  },
  {
    name: 'a manifest whose blobs are not there',
    play: async (probe) => {
      const missing = (text: string) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: digestOf(Buffer.from(text)),
        size: 1,
      });
      return [
        await probe.putManifest('a/b', 'v1', await manifestIn(probe, 'a/b', { layers: [missing('1'), missing('2')] })),
      ];
    },
  },
  {
    name: 'a manifest that is wrong',
    play: async (probe) => {
      const document = await manifestIn(probe, 'a/b');
      return [
        await probe.putManifest('a/b', digestOf(Buffer.from('other')), document),
        await probe.send('/v2/a/b/manifests/v1', { method: 'PUT', body: '{', headers: { 'content-type': MANIFEST } }),
      ];
    },
  },
  {
    name: 'a manifest with a subject, and who asks for what refers to it',
    play: async (probe) => {
      const document = await manifestIn(probe, 'a/b');
      const digest = digestOf(Buffer.from(JSON.stringify(document)));
      const subject = { mediaType: MANIFEST, digest, size: JSON.stringify(document).length };
      const { body: _, ...referrers } = await probe.send(`/v2/a/b/referrers/${digest}`);
      return [
        await probe.putManifest('a/b', 'v1', document),
        await probe.putManifest('a/b', 'v2', { ...document, subject }),
        { status: referrers.status },
      ];
    },
  },
  {
    name: 'tags',
    play: async (probe) => {
      const document = await manifestIn(probe, 'a/b');
      for (const tag of ['c', 'a', 'b']) await probe.putManifest('a/b', tag, document);
      return [
        await probe.send('/v2/a/b/tags/list'),
        await probe.send('/v2/a/b/tags/list?n=1'),
        await probe.send('/v2/nowhere/tags/list'),
      ];
    },
  },
  {
    name: 'deletion',
    play: async (probe) => {
      const document = await manifestIn(probe, 'a/b');
      const digest = digestOf(Buffer.from(JSON.stringify(document)));
      await probe.putManifest('a/b', 'v1', document);
      const remove = (path: string) => probe.send(`/v2/a/b/${path}`, { method: 'DELETE' });
      return [
        await remove('manifests/v9'),
        await remove(`manifests/${digest}`),
        await remove(`manifests/${digest}`),
        await probe.send('/v2/a/b/tags/list'),
        await remove(`blobs/${document.config.digest}`),
      ];
    },
  },
];
