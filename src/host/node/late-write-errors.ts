import type { Socket } from 'node:net';

/** By then, what the server sent before it closed the connection has been read. */
const LATE_MS = 1_000;

type Callback = (error?: Error | null) => void;

/**
 * Makes failures to write wait for what is there to be read. A server that refuses a body answers and closes the
 * connection; to write on fails from then, and Node would throw the answer away with the socket. Reading the end of the
 * connection, or its being closed, ends the wait.
 */
export function tellWriteErrorsLate(socket: Socket): void {
  const late =
    (callback: Callback): Callback =>
    (error) => {
      if (!error) {
        callback(error);
        return;
      }
      const timer = setTimeout(() => callback(error), LATE_MS);
      socket.once('close', () => clearTimeout(timer));
    };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, late(callback));
  const writeMany = socket._writev?.bind(socket);
  if (writeMany !== undefined) socket._writev = (chunks, callback) => writeMany(chunks, late(callback));
}
