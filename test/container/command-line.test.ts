import { expect, it } from 'vitest';
import { commandLine, environmentOf } from '../../src/container/command-line.js';
import type { RuntimeConfig } from '../../src/oci/index.js';
import { failureOf } from '../support/failure-of.js';
import { imageOf } from './support.js';

it.each<[RuntimeConfig, { entrypoint?: readonly string[]; args: readonly string[] }, readonly string[]]>([
  [{ Entrypoint: ['/app'], Cmd: ['--help'] }, { args: [] }, ['/app', '--help']],
  [{ Entrypoint: ['/app'], Cmd: ['--help'] }, { args: ['-v'] }, ['/app', '-v']],
  [{ Entrypoint: ['/app'], Cmd: ['--help'] }, { entrypoint: ['/sh'], args: [] }, ['/sh']],
  [{ Entrypoint: ['/app'], Cmd: ['--help'] }, { entrypoint: ['/sh'], args: ['-c', 'x'] }, ['/sh', '-c', 'x']],
  [{ Cmd: ['/bin/sh'] }, { args: [] }, ['/bin/sh']],
  [{ Entrypoint: null, Cmd: null }, { args: ['/bin/ls'] }, ['/bin/ls']],
])('%j with %j runs %j', (config, process, expected) => {
  expect(commandLine(imageOf([], config), process)).toEqual(expected);
});

it('an image that says nothing cannot be run without a command', async () => {
  const { code, message, hint } = await failureOf(() => commandLine(imageOf([]), { args: [] }));
  expect([code, message]).toEqual(['runtime-failed', 'Cannot run "oci:image": it has neither an entrypoint nor a cmd']);
  expect(hint).toContain('tbuild run');
});

it('what is given for a run wins over the image, and the image over what every container has', () => {
  const { config } = imageOf([], { Env: ['PATH=/app/bin', 'MODE=a=b', 'X=1', 'broken'] });
  expect(environmentOf(config, { X: '2', Y: '' }, { home: '/srv', hostname: 'name' })).toEqual([
    'PATH=/app/bin',
    'HOSTNAME=name',
    'HOME=/srv',
    'MODE=a=b',
    'X=2',
    'Y=',
  ]);
});
