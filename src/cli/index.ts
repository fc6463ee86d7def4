import { enableCompileCache } from './compile-cache.js';
import { VERSION } from './version.js';

/**
 * The `tbuild` command: arguments → exit status. Everything but the version is loaded only when it is needed, so that
 * `tbuild --version` costs little more than starting Node.
 */
export async function start(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.on('error', () => undefined);
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  enableCompileCache();
  const [{ run, reportStall }, { processIo }] = await Promise.all([import('./run.js'), import('./process-io.js')]);
  const io = processIo(argv);
  // Node would stop without a word, and with a status of its own, where nothing is left that could end the work.
  const stalled = (): void => process.exit(reportStall(io));
  process.once('beforeExit', stalled);
  const status = await run(io);
  process.removeListener('beforeExit', stalled);
  return status;
}
