import { html } from '../support/registry/answers.js';
import {
  answering,
  cuttingAnswerAt,
  cuttingUploadAt,
  type Effect,
  failing,
  gzipEncoding,
  hangingUp,
  refusing,
  shortBody,
  stallingAnswerAt,
  tooManyRequests,
  wrongBody,
} from '../support/registry/effects.js';
import { at, type Condition, when } from '../support/registry/faults.js';
import { bearerGuard } from '../support/registry/guards.js';
import type { Laboratory } from '../support/registry/laboratory.js';
import type { Quirks } from '../support/registry/quirks.js';

export interface LastingFault {
  readonly name: string;
  /** Waits for bytes that never come: to be tried with a short time-out. */
  readonly stalls?: true;
  /** Cannot be taken back. */
  readonly isFinal?: true;
  apply(laboratory: Laboratory): void;
}

const isLarge: Condition = ({ headers }) => Number(headers['content-length'] ?? 0) > 10_000;
const layerUpload = when('PATCH PUT', /\/blobs\/uploads\//, isLarge);

/** Of blobs that are larger than where they are cut. */
function largeBlobs({ registry }: Laboratory): Condition {
  return (exchange) => {
    const [, name, digest] = /^\/v2\/(.+)\/blobs\/([^/]+)$/.exec(exchange.path) ?? [];
    const size = registry.repositories.get(name ?? '')?.blobs.get(digest ?? '')?.length ?? 0;
    return at.blobGet(exchange) && size > 10_000;
  };
}

/** Every time that the condition holds. */
function always(name: string, effect: Effect, ...conditions: readonly Condition[]): LastingFault {
  return {
    name,
    apply: ({ registry }) => {
      for (const condition of conditions) registry.faults.add(condition, effect);
    },
  };
}

function quirky(name: string, quirks: (laboratory: Laboratory) => Partial<Quirks>): LastingFault {
  return { name, apply: (laboratory) => void Object.assign(laboratory.registry.quirks, quirks(laboratory)) };
}

/** The registry wants tokens, and something is wrong with them. */
function tokens(name: string, spoil: (server: Laboratory['tokens']) => void): LastingFault {
  return {
    name,
    apply: ({ registry, tokens: server }) => {
      registry.guard = bearerGuard(server);
      spoil(server);
    },
  };
}

const onLargeBlobs = (name: string, effect: Effect): LastingFault => ({
  name,
  apply: (laboratory) => void laboratory.registry.faults.add(largeBlobs(laboratory), effect),
});

/** Faults that no patience gets over, and three more that need none. */
export const LASTING_FAULTS: readonly LastingFault[] = [
  {
    name: 'tokens here, blobs and uploads elsewhere',
    apply: ({ registry, tokens: server, elsewhere }) => {
      registry.guard = bearerGuard(server);
      Object.assign(registry.quirks, { blobsAt: elsewhere.origin, uploadLocations: elsewhere.origin });
    },
  },
  quirky('mounts that only begin an upload', () => ({ mounts: 'accepted' })),
  {
    name: 'an upload that the registry forgets',
    apply: ({ registry }) => void registry.faults.add(layerUpload, refusing(404, 'BLOB_UPLOAD_UNKNOWN'), 1),
  },
  tokens('a user whom nobody knows', ({ options }) => {
    options.users = {};
  }),
  tokens('a user who may only read', ({ options }) => {
    options.granted = (_, action) => action === 'pull';
  }),
  always('403 for everything', refusing(403, 'DENIED'), at.everything),
  tokens('tokens that nobody gives out now', ({ faults }) => void faults.add(at.everything, failing(503))),
  tokens('a page to log in instead of tokens', ({ faults }) => {
    faults.add(at.everything, answering(html(200, 'Log in')));
  }),
  always('429 every time, and an hour to wait', tooManyRequests(3600), at.everything),
  always('429 every time', tooManyRequests(), at.everything),
  always('503 every time', failing(503), at.everything),
  always('connections closed every time', hangingUp, at.everything),
  { name: 'nobody who listens', isFinal: true, apply: ({ registry }) => void registry.close() },
  always('no registry but a site with pages', answering(html(404, 'Not Found')), at.everything),
  always('answers compressed though nobody asked', gzipEncoding, at.manifestGet, at.blobGet, at.tags, at.referrers),
  always('manifests with a wrong bit', wrongBody, at.manifestGet),
  quirky('wrong digests in headers', () => ({ digestHeaders: 'wrong' })),
  always('blobs that end a byte early', shortBody(), at.blobGet),
  { ...onLargeBlobs('blobs that stop in the middle every time', stallingAnswerAt(500)), stalls: true },
  onLargeBlobs('blobs cut in the middle every time', cuttingAnswerAt(500)),
  always('uploads cut in the middle every time', cuttingUploadAt(500), layerUpload),
  quirky('tags that may not be moved', () => ({ immutableTags: 409 })),
  quirky('a registry that only shows', () => ({ readOnly: true })),
  always('manifests that are refused', refusing(400, 'MANIFEST_INVALID'), at.manifestPut),
  quirky('lists that go on elsewhere', ({ stranger }) => ({ pageSize: 1, links: stranger.origin as never })),
];
