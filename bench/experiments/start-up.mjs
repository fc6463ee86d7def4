import { join } from 'node:path';
import { run } from '../command.mjs';

/** What a command costs that has nothing to do. */
export function startUp(context) {
  const cache = join(context.scratch, 'hello');
  const plan = [...context.program, 'plan', context.example, '--cache', cache];
  return [
    { name: 'version', commands: () => [[...context.program, '--version']] },
    {
      name: 'plan',
      prepare: () => {
        run([...context.program, 'apply', context.example, '--cache', cache, '--quiet']);
        run(plan);
      },
      commands: () => [plan],
    },
    { name: 'node', commands: () => [[process.execPath, '-e', '0']] },
  ];
}
