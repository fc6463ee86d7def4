/** signal(7); of those that end a process, the numbers that are the same on all architectures of images. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
};

/** The signal that a status stands for: shells and bubblewrap make 128 and its number of it. */
export function signalOf(status: number): string | undefined {
  return SIGNALS[status - 128];
}
