import type { Transfer } from '../../operations/index.js';
import { counted, renderSize } from './numbers.js';

type Moved = Pick<Transfer, 'blobsWritten' | 'bytesWritten' | 'blobsMounted' | 'blobsThere'>;

/**
 * What a transfer moved and what it did not need to: `2 blobs, 3.1 MB sent, 4 blobs already there, 1 mounted`.
 * @param isSent to a server, not to a file
 */
export function renderMoved({ blobsWritten, bytesWritten, blobsMounted, blobsThere }: Moved, isSent: boolean): string {
  if (blobsWritten === 0 && blobsMounted === 0) return 'everything was there';
  const parts = [
    ...(blobsWritten === 0
      ? []
      : [counted(blobsWritten, 'blob'), `${renderSize(bytesWritten)}${isSent ? ' sent' : ''}`]),
    ...(blobsThere === 0 ? [] : [`${counted(blobsThere, 'blob')} already there`]),
    ...(blobsMounted === 0 ? [] : [`${blobsMounted} mounted`]),
  ];
  return parts.join(', ');
}
