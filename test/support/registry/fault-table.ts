import {
  cuttingAnswerAt,
  cuttingUploadAt,
  endlessBody,
  failing,
  hangingUp,
  htmlError,
  losingAnswer,
  neverAnswering,
  redirectLoop,
  tooManyRequests,
  warning,
  wrongBody,
} from './effects.js';
import { at, type Condition, when } from './faults.js';
import { basicGuard, bearerGuard } from './guards.js';
import type { ImageOptions } from './images.js';
import { type Laboratory, labUser } from './laboratory.js';
import type { Quirks } from './quirks.js';

/** Codes of errors, or success. */
export type Ending = 'success' | 'blob-mismatch' | 'server-invalid' | 'server-unavailable';

export interface NamedFault {
  readonly name: string;
  /** Needs {@link labUser}. */
  readonly needsUser?: true;
  /** Waits for an answer that never comes: to be tried with a short time-out. */
  readonly stalls?: true;
  /** How must end what reads blobs, reads manifests and lists only, sends blobs, publishes manifests (and looks at those that are there), deletes. Without: with success. */
  readonly ends?: Readonly<Partial<Record<'blobs' | 'documents' | 'uploads' | 'publishing' | 'deleting', Ending>>>;
  apply(laboratory: Laboratory): void;
}

/** Of an image that meets every fault. */
export const faultImage: ImageOptions = { layerBytes: [3_000_000, 20_000] };

/** Bodies that reach where a connection is cut. */
const layerBody = when(
  'PATCH PUT',
  /\/blobs\/uploads\//,
  ({ headers }) => Number(headers['content-length'] ?? 1e6) > 1e4,
);

/** Answers that reach where a connection is cut. */
const layerGet =
  ({ registry }: Laboratory): Condition =>
  (exchange) => {
    const [, name, digest] = /^\/v2\/(.+)\/blobs\/([^/]+)$/.exec(exchange.path) ?? [];
    const size = registry.repositories.get(name ?? '')?.blobs.get(digest!)?.length ?? 0;
    return at.blobGet(exchange) && size > 1e4;
  };

const users = { [labUser.name]: labUser.password };

function withQuirks(quirks: (laboratory: Laboratory) => Partial<Quirks>): NamedFault['apply'] {
  return (laboratory) => void Object.assign(laboratory.registry.quirks, quirks(laboratory));
}

/** A token is good for eight requests, the first one for two: more than are under way with it when it ends. */
function endTokensEarly({ registry, tokens }: Laboratory): void {
  registry.guard = bearerGuard(tokens);
  const uses = new Map<string, number>();
  registry.faults.add((exchange) => exchange.headers.authorization !== undefined, {
    before: ({ headers: { authorization = '' } }) => {
      const count = (uses.get(authorization) ?? 0) + 1;
      const limit = authorization === [...uses.keys(), authorization][0] ? 2 : 8;
      uses.set(authorization, count);
      if (count > limit) tokens.revoke(authorization.replace(/^Bearer /, ''));
    },
  });
}

/** The newest blob of the repository gets lost before its manifest comes. */
function loseNewestBlob({ registry }: Laboratory): void {
  registry.faults.add(
    at.manifestPut,
    {
      before: ({ path }) => {
        const repository = registry.repository(/^\/v2\/(.+)\/manifests\//.exec(path)![1]!);
        const newest = [...repository.blobs.keys()].at(-1);
        if (newest !== undefined) repository.forgetBlob(newest);
      },
    },
    1,
  );
}

const challenges: readonly NamedFault[] = [
  {
    name: 'a challenge of Basic',
    needsUser: true,
    apply: ({ registry }) => {
      registry.guard = basicGuard(users);
    },
  },
  {
    name: 'several challenges in one, Bearer last, in lower case',
    needsUser: true,
    apply: ({ registry, tokens }) => {
      registry.guard = bearerGuard(tokens, ['Negotiate, Digest realm="a, Basic b", qop="auth", nonce="\\"x"']);
    },
  },
  { name: 'tokens that end early', needsUser: true, apply: endTokensEarly },
  ...(['first', 'last'] as const).map(
    (scopes): NamedFault => ({
      name: `tokens for the ${scopes} scope only`,
      needsUser: true,
      apply: ({ registry, tokens }) => {
        registry.guard = bearerGuard(tokens);
        tokens.options.scopes = scopes;
      },
    }),
  ),
];

const passing: readonly NamedFault[] = [
  {
    name: '429 with Retry-After in seconds',
    apply: ({ registry: { faults } }) => {
      faults.add(at.everything, tooManyRequests(1), 1);
      faults.add(at.uploadBody, tooManyRequests(0), 1);
    },
  },
  {
    name: '429 with Retry-After as a date, or without',
    apply: ({ registry: { faults } }) => {
      faults.add(at.manifestPut, tooManyRequests(new Date(Date.now() + 1500)), 1);
      faults.add(at.manifestRead, tooManyRequests(new Date(Date.now() + 1500)), 1);
      faults.add(at.tags, tooManyRequests(), 1);
      faults.add(at.blobGet, tooManyRequests(), 1);
      faults.add(at.uploadStart, tooManyRequests(), 1);
    },
  },
  {
    name: '503, then 502 in HTML, then well',
    apply: ({ registry: { faults } }) => {
      for (const condition of [at.manifestRead, at.blobGet, at.uploadStart, at.uploadBody, at.manifestPut, at.tags]) {
        faults.add(condition, failing(503), 1);
        faults.add(condition, htmlError(502), 1);
      }
    },
  },
  {
    name: 'connections closed without an answer',
    apply: ({ registry: { faults } }) => {
      for (const condition of [at.manifestRead, at.blobGet, at.tags, at.uploadStart])
        faults.add(condition, hangingUp, 1);
    },
  },
];

const interrupted: readonly NamedFault[] = [
  {
    name: 'uploads cut in the middle, which can go on',
    apply: ({ registry: { faults } }) => void faults.add(layerBody, cuttingUploadAt(7000), 3),
  },
  {
    name: 'uploads cut in the middle, which are gone',
    apply: ({ registry: { quirks, faults } }) => {
      quirks.partialUploads = 'cancelled';
      faults.add(layerBody, cuttingUploadAt(7000), 1);
    },
  },
  {
    name: 'lost answers to PUT',
    apply: ({ registry: { faults } }) => {
      faults.add(at.uploadPut, losingAnswer, 1);
      faults.add(at.manifestPut, losingAnswer, 1);
    },
  },
  {
    name: 'blobs cut in the middle',
    apply: (laboratory) => void laboratory.registry.faults.add(layerGet(laboratory), cuttingAnswerAt(4000), 3),
  },
  {
    name: 'a blob cut in the middle, and no ranges',
    apply: (laboratory) => {
      laboratory.registry.quirks.ranges = false;
      laboratory.registry.faults.add(layerGet(laboratory), cuttingAnswerAt(4000), 1);
    },
  },
];

const different: readonly NamedFault[] = [
  {
    name: 'everything otherwise, as far as it is allowed',
    apply: (laboratory) => {
      withQuirks(() => ({
        uploadLocations: 'relative',
        patchStatus: 201,
        blobPutStatus: 204,
        emptyRange: 'none',
        pageSize: 1,
        links: 'absolute',
        referrers: 'missing',
        noTags: 'empty',
      }))(laboratory);
      laboratory.registry.faults.add(at.everything, warning('\x9b31mred\x9b0m'));
    },
  },
  {
    name: 'uploads on another host',
    apply: withQuirks(({ elsewhere }) => ({ uploadLocations: elsewhere.origin as never })),
  },
  { name: 'bodies of at most 1.6 MB', apply: withQuirks(() => ({ maxBodyBytes: 1_600_000 })) },
  { name: 'chunks of 1.3 to 1.6 MB', apply: withQuirks(() => ({ minChunkBytes: 1_300_000, maxBodyBytes: 1_600_000 })) },
  { name: 'mounts that are refused', apply: withQuirks(() => ({ mounts: 'unauthorised' })) },
  {
    name: 'no HEAD, and no digest in any header',
    apply: withQuirks(() => ({ heads: false, digestHeaders: 'missing' })),
  },
  { name: 'blobs on another host', apply: withQuirks(({ elsewhere }) => ({ blobsAt: elsewhere.origin })) },
  { name: 'a manifest whose blobs have got lost', apply: loseNewestBlob },
];

const hostile: readonly NamedFault[] = [
  {
    name: 'blobs with a wrong bit',
    ends: { blobs: 'blob-mismatch' },
    apply: ({ registry: { faults } }) => void faults.add(at.blobGet, wrongBody),
  },
  {
    name: 'blobs without end',
    ends: { blobs: 'blob-mismatch' },
    apply: ({ registry: { faults } }) => void faults.add(at.blobGet, endlessBody),
  },
  {
    name: 'redirects in a circle',
    ends: {
      blobs: 'server-invalid',
      documents: 'server-invalid',
      publishing: 'server-invalid',
      deleting: 'server-invalid',
    },
    apply: ({ registry: { faults } }) => {
      for (const condition of [at.manifestRead, at.blobGet, at.tags]) faults.add(condition, redirectLoop);
    },
  },
  {
    name: 'no answer, ever',
    stalls: true,
    ends: {
      blobs: 'server-unavailable',
      documents: 'server-unavailable',
      uploads: 'server-unavailable',
      publishing: 'server-unavailable',
      deleting: 'server-unavailable',
    },
    apply: ({ registry: { faults } }) => void faults.add(at.everything, neverAnswering),
  },
];

/** The 26 faults that tell most, for tables of operations and faults; with images of {@link faultImage}. */
export const FAULTS: readonly NamedFault[] = [...challenges, ...passing, ...interrupted, ...different, ...hostile];
