import type { Answer, Exchange, Reply } from './exchange.js';

export type Condition = (exchange: Exchange) => boolean;

/** What goes wrong with one request. */
export interface Effect {
  /** Before anything is done. */
  readonly before?: (exchange: Exchange) => void;
  /** Instead of what the registry would do. */
  readonly instead?: (exchange: Exchange) => Reply | Promise<Reply>;
  /** The connection is cut when so many bytes of the request's body have come. */
  readonly cutBodyAt?: number;
  /** Changes the answer of the registry. */
  readonly change?: (answer: Answer, exchange: Exchange) => Reply | Promise<Reply>;
}

/** A fault that was added. */
export interface Fault {
  /** How often it happened. */
  readonly hits: number;
  /** How often it still may. */
  readonly left: number;
  remove(): void;
}

interface Entry {
  readonly condition: Condition;
  readonly effect: Effect;
  hits: number;
  left: number;
}

/**
 * The faults of a server. Of those that answer instead of the registry, or cut a body, a request meets the first that
 * applies: several of them happen one after the other. Everything else applies all at once, in its order.
 */
export class Faults {
  #entries: Entry[] = [];

  /** @param times how many of the requests for which the condition holds; every one by default */
  add(condition: Condition, effect: Effect, times = Number.POSITIVE_INFINITY): Fault {
    const entry: Entry = { condition, effect, hits: 0, left: times };
    this.#entries.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      get left() {
        return entry.left;
      },
      remove: () => {
        this.#entries = this.#entries.filter((item) => item !== entry);
      },
    };
  }

  clear(): void {
    this.#entries = [];
  }

  /** Answers a request: as a fault has it, or as `handle` does, changed by faults. */
  async answer(exchange: Exchange, handle: (exchange: Exchange) => Promise<Reply> | Reply): Promise<Reply> {
    const matching = this.#entries.filter((entry) => entry.left > 0 && entry.condition(exchange));
    const first = matching.find(({ effect }) => isExclusive(effect));
    if (first?.effect.instead !== undefined) {
      take([first]);
      return first.effect.instead(exchange);
    }
    const taken = matching.filter((entry) => entry === first || !isExclusive(entry.effect));
    take(taken);
    exchange.cutBodyAt = first?.effect.cutBodyAt;
    for (const { effect } of taken) effect.before?.(exchange);
    let reply = await handle(exchange);
    for (const { effect } of taken) {
      if (typeof reply === 'string' || 'raw' in reply) return reply;
      reply = (await effect.change?.(reply, exchange)) ?? reply;
    }
    return reply;
  }
}

const isExclusive = ({ instead, cutBodyAt }: Effect): boolean => instead !== undefined || cutBodyAt !== undefined;

function take(entries: readonly Entry[]): void {
  for (const entry of entries) {
    entry.hits += 1;
    entry.left -= 1;
  }
}

/** Requests with one of the methods (`*`, `GET`, `GET HEAD`) and a path like this. */
export function when(methods: string, path: RegExp, also: Condition = () => true): Condition {
  const list = methods.split(' ');
  return (exchange) =>
    (methods === '*' || list.includes(exchange.method)) && path.test(exchange.path) && also(exchange);
}

/** The requests of the distribution-spec. */
export const at = {
  everything: when('*', /^/),
  ping: when('GET HEAD', /^\/v2\/$/),
  manifestHead: when('HEAD', /\/manifests\//),
  manifestGet: when('GET', /\/manifests\//),
  manifestRead: when('GET HEAD', /\/manifests\//),
  manifestPut: when('PUT', /\/manifests\//),
  manifestDelete: when('DELETE', /\/manifests\//),
  blobHead: when('HEAD', /\/blobs\/[a-z0-9]+:/),
  blobGet: when('GET', /\/blobs\/[a-z0-9]+:/),
  /** Mounts as well. */
  uploadStart: when('POST', /\/blobs\/uploads\/$/),
  mount: when('POST', /\/blobs\/uploads\/$/, (exchange) => exchange.query('mount') !== undefined),
  uploadPatch: when('PATCH', /\/blobs\/uploads\//),
  uploadPut: when('PUT', /\/blobs\/uploads\//),
  /** The bytes of blobs, by PATCH or PUT. */
  uploadBody: when('PATCH PUT', /\/blobs\/uploads\//, ({ headers }) => Number(headers['content-length'] ?? 1) > 0),
  uploadStatus: when('GET', /\/blobs\/uploads\/./),
  tags: when('GET', /\/tags\/list$/),
  referrers: when('GET', /\/referrers\//),
} satisfies Readonly<Record<string, Condition>>;
