import type { Exchange } from './exchange.js';
import type { Quirks } from './quirks.js';
import { digestOf, TestRepository } from './repository.js';

/** What all requests of one registry share, whichever of its servers they come to. */
export class RegistryState {
  readonly quirks: Quirks;
  readonly repositories = new Map<string, TestRepository>();

  constructor(quirks: Quirks) {
    this.quirks = quirks;
  }

  /** Made where it is not there. */
  repository(name: string): TestRepository {
    const found = this.repositories.get(name) ?? new TestRepository(name);
    this.repositories.set(name, found);
    return found;
  }

  digestHeader(digest: string): Readonly<Record<string, string>> {
    const { digestHeaders } = this.quirks;
    if (digestHeaders === 'missing') return {};
    return { 'docker-content-digest': digestHeaders === 'right' ? digest : digestOf(Buffer.from(digest)) };
  }

  uploadLocation(exchange: Exchange, path: string): string {
    const { uploadLocations } = this.quirks;
    if (uploadLocations === 'relative') return path;
    return `${uploadLocations === 'absolute' ? originOf(exchange) : uploadLocations}${path}`;
  }

  /** Of what there is now. */
  ownLocation(exchange: Exchange, path: string): string {
    return this.quirks.uploadLocations === 'relative' ? path : `${originOf(exchange)}${path}`;
  }

  /** The rest of a list that is longer than a page: Link, RFC 8288. */
  link(exchange: Exchange, path: string): Readonly<Record<string, string>> {
    const { links } = this.quirks;
    const base = links === 'relative' ? '' : links === 'absolute' ? originOf(exchange) : links;
    return { link: `<${base}${path}>; rel="next"` };
  }
}

/** How the client named the server. */
function originOf({ headers, isTls }: Exchange): string {
  return `${isTls ? 'https' : 'http'}://${headers.host}`;
}
