import { resolve } from 'node:path';
import { fail } from '../../errors/index.js';
import type { Env } from '../../host/index.js';

const USUAL_SOCKET = '/var/run/docker.sock';

/**
 * Where the docker daemon listens: the unix socket that DOCKER_HOST names, or the usual one.
 * @param task begins the message: `Cannot read "docker-daemon:app:v1"`
 * @throws TbuildError `daemon-unavailable` for any other address
 */
export function daemonSocket(env: Env, task: string): string {
  const address = env.variable('DOCKER_HOST');
  if (address === undefined) return USUAL_SOCKET;
  const path = /^unix:\/\/(.+)$/s.exec(address)?.[1];
  if (path !== undefined && !path.includes('\0')) return resolve(env.workingDirectory, path);
  // No more of it: an address may hold a password.
  const scheme = /^[a-z]{1,16}:\/\//.exec(address)?.[0];
  const shown = scheme === undefined ? 'no address of a socket' : `an address that begins with "${scheme}"`;
  throw fail('daemon-unavailable', {
    message: `${task}: DOCKER_HOST is ${shown}, and only unix sockets are supported`,
    hint: 'Set DOCKER_HOST to unix:///PATH, or go through a file: docker save and docker load take docker-archive:FILE.',
  });
}
