import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before a server: counts, cuts and holds. */
export interface CuttingProxy {
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  readonly origin: string;
  readonly port: number;
  /** Bytes of the client, heads included, of all connections. */
  readonly sentBytes: number;
  /** Bytes of the server. */
  readonly receivedBytes: number;
  /** Connections that were accepted, and those that were cut. */
  readonly connections: number;
  readonly cuts: number;
  /** Cuts the connection with which the clients will have sent so many more bytes, all taken together; the server gets each of them. */
  cutAfter(bytes: number): void;
  /** Cuts every connection after so many bytes of its client; undefined: none. */
  cutEach: number | undefined;
  /** With a cut everything breaks down: every connection is cut, and new ones end at once, until `repair`. */
  breaksDown: boolean;
  repair(): void;
  /** Cuts what is open now. */
  cutAll(): void;
  /** Nothing is passed on in either direction. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  #sent = 0;

  constructor(client: Socket, server: Socket, proxy: CountingProxy) {
    this.#client = client;
    this.#server = server;
    client.on('data', (chunk) => {
      const room = proxy.room(this.#sent);
      const piece = chunk.subarray(0, room);
      this.#sent += piece.length;
      proxy.sentBytes += piece.length;
      if (!server.write(piece)) client.pause();
      if (piece.length === room) proxy.cut(this);
    });
    server.on('drain', () => proxy.isPaused || client.resume());
    server.on('data', (chunk) => {
      proxy.receivedBytes += chunk.length;
      if (!client.write(chunk)) server.pause();
    });
    client.on('drain', () => proxy.isPaused || server.resume());
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('end', () => other.end());
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroySoon();
        proxy.open.delete(this);
      });
    }
    if (proxy.isPaused) this.pause();
  }

  /** The server gets what was sent before. */
  cut(): void {
    this.#client.destroy();
    this.#server.destroySoon();
  }

  pause(): void {
    this.#client.pause();
    this.#server.pause();
  }

  resume(): void {
    this.#client.resume();
    this.#server.resume();
  }
}

class CountingProxy {
  sentBytes = 0;
  receivedBytes = 0;
  connections = 0;
  cuts = 0;
  cutEach: number | undefined;
  breaksDown = false;
  isBroken = false;
  isPaused = false;
  readonly open = new Set<Connection>();
  /** In `sentBytes`. */
  #cutAt: number | undefined;

  cutAfter(bytes: number): void {
    this.#cutAt = this.sentBytes + bytes;
  }

  /** How many more bytes a connection that has sent so many may send. */
  room(sent: number): number {
    return Math.min((this.#cutAt ?? Infinity) - this.sentBytes, (this.cutEach ?? Infinity) - sent);
  }

  cut(connection: Connection): void {
    if (this.#cutAt !== undefined && this.sentBytes >= this.#cutAt) this.#cutAt = undefined;
    this.cuts += 1;
    connection.cut();
    if (!this.breaksDown) return;
    this.isBroken = true;
    for (const other of this.open) other.cut();
  }
}

/** @param target `HOST:PORT`, of a server that speaks TLS or not */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(`tcp://${target}`);
  const proxy = new CountingProxy();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    proxy.connections += 1;
    if (proxy.isBroken) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    proxy.open.add(new Connection(client, upstream, proxy));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = (server.address() as AddressInfo).port;
  return Object.assign(proxy, {
    authority: `127.0.0.1:${own}`,
    origin: `http://127.0.0.1:${own}`,
    port: own,
    repair: () => {
      proxy.isBroken = false;
    },
    cutAll: () => {
      for (const connection of [...proxy.open]) proxy.cut(connection);
    },
    pause: () => {
      proxy.isPaused = true;
      for (const connection of proxy.open) connection.pause();
    },
    resume: () => {
      proxy.isPaused = false;
      for (const connection of proxy.open) connection.resume();
    },
    close: () => {
      for (const connection of [...proxy.open]) connection.cut();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
