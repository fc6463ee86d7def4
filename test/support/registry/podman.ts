import { outputOf, run } from '../run.js';
import type { Reachable } from './skopeo.js';

/** Those of the machine may be higher than a container may ask for. */
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

/** podman with images of its own below a directory, as root. To be cleaned in the end. */
export class Podman {
  readonly #options: readonly string[];

  constructor(directory: string) {
    const places = ['--root', `${directory}/root`, '--runroot', `${directory}/run`, '--tmpdir', `${directory}/tmp`];
    const machine = [
      '--storage-driver=overlay',
      '--events-backend=file',
      '--cgroup-manager=cgroupfs',
      '--runtime=runc',
    ];
    this.#options = [...places, ...machine];
  }

  output(...args: readonly string[]): Promise<string> {
    return outputOf('podman', [...this.#options, ...args]);
  }

  pull(registry: Reachable, name: string): Promise<string> {
    return this.output('pull', '--quiet', ...podmanOptions(registry), `${registry.authority}/${name}`);
  }

  push(registry: Reachable, image: string, name: string): Promise<string> {
    return this.output('push', '--quiet', ...podmanOptions(registry), image, `${registry.authority}/${name}`);
  }

  /** Runs a command in an image, without a network, and gives what it prints. */
  runIn(image: string, ...command: readonly string[]): Promise<string> {
    return this.output('run', '--rm', '--quiet', '--network=none', ...LIMITS, image, ...command);
  }

  /** The same, with a root that cannot be written to. */
  runReadOnly(image: string, ...command: readonly string[]): Promise<string> {
    return this.output('run', '--rm', '--quiet', '--read-only', '--network=none', ...LIMITS, image, ...command);
  }

  /**
   * Starts an image that cannot be written to, in a network of its own with nothing but loopback, does the work with the
   * number of its process, and removes it.
   */
  async withReadOnly<T>(image: string, work: (processId: string) => Promise<T>): Promise<T> {
    const options = ['--detach', '--quiet', '--read-only', '--network=none', ...LIMITS];
    const id = await this.output('run', ...options, image);
    try {
      return await work(await this.output('inspect', '--format', '{{.State.Pid}}', id));
    } finally {
      await this.output('rm', '--force', '--time', '0', id);
    }
  }

  async clean(): Promise<void> {
    await run('podman', [...this.#options, 'rmi', '--all', '--force']);
  }
}

function podmanOptions(registry: Reachable): readonly string[] {
  const { user, certificateDirectory } = registry;
  const security = certificateDirectory === undefined ? '--tls-verify=false' : `--cert-dir=${certificateDirectory}`;
  return [security, ...(user === undefined ? [] : [`--creds=${user.name}:${user.password}`])];
}
