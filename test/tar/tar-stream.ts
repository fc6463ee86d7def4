import { extract } from 'tar-stream';

export interface StreamedMember {
  readonly path: string;
  readonly kind: string;
  readonly mode: number;
  readonly size: number;
  readonly linkTarget: string | undefined;
  readonly body: string;
}

const KINDS: Readonly<Record<string, string>> = { link: 'hardlink', 'contiguous-file': 'file' };

/** What tar-stream reads from an archive: the parser of much of the npm world, as an oracle. */
export function readWithTarStream(bytes: Uint8Array): Promise<StreamedMember[]> {
  // The types of tar-stream lack this option, which lets it read archives from before POSIX.
  const options: object = { allowUnknownFormat: true };
  return new Promise((resolve, reject) => {
    const found: StreamedMember[] = [];
    const parser = extract(options);
    parser.on('entry', (header, stream, next) => {
      let body = '';
      stream.on('data', (chunk) => {
        body += Buffer.from(chunk as Uint8Array).toString('latin1');
      });
      stream.on('end', () => {
        const { name, type, mode, size, linkname } = header;
        const linkTarget = type === 'link' || type === 'symlink' ? linkname : undefined;
        const path = type === 'directory' ? name.replace(/\/$/, '') : name;
        found.push({ path, kind: KINDS[type] ?? type, mode, size, linkTarget, body });
        next();
      });
    });
    parser.on('error', reject);
    parser.on('finish', () => resolve(found));
    parser.end(Buffer.from(bytes));
  });
}
