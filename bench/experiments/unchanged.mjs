import { join } from 'node:path';
import { run } from '../command.mjs';

/** Of the user's and the machine's settings of git, none is read. */
const options = {
  env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
};
const author = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'gc.auto=0'];

/** Nothing changed since the last build, or since the last commit. */
export function unchanged(context, corpus) {
  const directory = context.directoryOf(corpus);
  const cache = join(context.scratch, `plan-${corpus}`);
  const git = ['git', '--git-dir', join(context.scratch, `git-${corpus}`), '--work-tree', join(directory, 'root')];
  const plan = [...context.program, 'plan', directory, '--cache', cache];
  const status = [...git, 'status', '--porcelain'];
  return [
    {
      name: 'tbuild',
      prepare: () => {
        run([...context.program, 'apply', directory, '--cache', cache, '--quiet']);
        run(plan);
      },
      commands: () => [plan],
    },
    {
      name: 'git',
      options,
      prepare: () => {
        run([...git, 'init', '--quiet'], options);
        // Files of a corpus may be ones that a .gitignore in it names.
        run([...git, ...author, 'add', '--all', '--force'], options);
        run([...git, ...author, 'commit', '--quiet', '--message', 'corpus'], options);
        const left = run(status, { ...options, output: true });
        if (left !== '') throw new Error(`git sees changes where there are none: ${left.slice(0, 200)}`);
      },
      commands: () => [status],
    },
  ];
}
