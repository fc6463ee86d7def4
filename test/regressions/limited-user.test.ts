import { expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { artifact, onBench } from '../artifact/support.js';
import { need } from '../support/programs.js';

// Who is allowed few processes, or small files, could build no artifact: prlimit may not ask for more than that.

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max file size             1000000              2000000              bytes
Max data size             unlimited            unlimited            bytes
Max core file size        0                    unlimited            bytes
Max processes             500                  700                  processes
`;

const limited = (asked: string[]): Partial<Host> => {
  const { files, processes } = createNodeHost();
  return {
    files: {
      ...files,
      readFile: (path, limit) => (path === '/proc/self/limits' ? Buffer.from(LIMITS) : files.readFile(path, limit)),
    },
    processes: {
      ...processes,
      run(command) {
        const isLimiting = command.program.endsWith('/prlimit');
        if (isLimiting) asked.push(...command.args.filter((word) => /^--(?:core|data|fsize|nproc)=/.test(word)));
        return processes.run(command);
      },
    },
  };
};

it.skipIf(!need('prlimit'))('a command is never to have more than this process may itself', async () => {
  const asked: string[] = [];
  const declaration = artifact('echo > "$OUT/x"', { limits: { memory: 1e9, output: 3_000_000, processes: 2000 } });
  await onBench({}, ({ build }) => build(declaration), { host: limited(asked) });
  expect(asked.sort()).toEqual(['--core=0', '--data=4000000000', '--fsize=2000000', '--nproc=700']);
});
