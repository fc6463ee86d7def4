import type { Exchange, LoggedRequest, Reply } from './exchange.js';
import { type RegistryOptions, startRegistry, type TestRegistry, type TestServer } from './registry.js';
import { startServer } from './server.js';
import { startTokenServer, type TokenServer } from './token-server.js';

/** Who may do everything in a laboratory, where anything is asked for. */
export const labUser = { name: 'alice', password: 's3cret' } as const;

/** A registry and all that may stand beside it, with one log. */
export interface Laboratory {
  readonly registry: TestRegistry;
  /** Knows {@link labUser}; the registry asks for its tokens only with a guard: `bearerGuard(tokens)`. */
  readonly tokens: TokenServer;
  /** The registry's contents at another origin. */
  readonly elsewhere: TestServer;
  /** Somebody else's server, which has nothing and notes everything. */
  readonly stranger: TestServer;
  readonly requests: readonly LoggedRequest[];
  close(): Promise<void>;
}

async function answerNothing(exchange: Exchange): Promise<Reply> {
  await exchange.drain();
  return { status: 404 };
}

/** The names of the servers that were told a text: in a URL, a header or the body, plainly or in Base64 as part of `NAME:TEXT`. */
export function whoWasTold(requests: readonly LoggedRequest[], text: string): readonly string[] {
  const wasTold = ({ url, headers, body }: LoggedRequest): boolean => {
    const { authorization = '', 'proxy-authorization': proxy = '' } = headers;
    const decoded = [authorization, proxy].map((value) =>
      Buffer.from(value.replace(/^Basic /i, ''), 'base64').toString(),
    );
    const all = [
      decodeURIComponent(url),
      JSON.stringify(headers),
      decodeURIComponent(
        body()
          .toString('latin1')
          .replace(/%(?![0-9a-f]{2})/gi, '%25'),
      ),
      ...decoded,
    ];
    return all.some((part) => part.includes(text));
  };
  return [...new Set(requests.filter(wasTold).map(({ server }) => server))];
}

export async function openLaboratory(options: Omit<RegistryOptions, 'log'> = {}): Promise<Laboratory> {
  const log: LoggedRequest[] = [];
  const registry = await startRegistry({ ...options, log });
  const tokens = await startTokenServer({ users: { [labUser.name]: labUser.password }, log });
  const elsewhere = await registry.openFront('elsewhere');
  const stranger = await startServer({ name: 'stranger', log, handle: answerNothing });
  return {
    registry,
    tokens,
    elsewhere,
    stranger,
    requests: log,
    async close() {
      await Promise.all([registry.close(), tokens.close(), stranger.close()]);
    },
  };
}
