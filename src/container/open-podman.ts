import { join } from 'node:path';
import type { TbuildError } from '../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../host/index.js';
import { resolvePath } from '../tree/index.js';
import { decodeUtf8 } from '../util/index.js';
import { type Captured, capture } from './capture.js';
import { commandLine } from './command-line.js';
import type { Container, ContainerContext, ContainerImage, ContainerProcess, Containers } from './container.js';
import { exitStatusOf } from './exit-status.js';
import { HeldErrors } from './held-errors.js';
import { imageUser } from './image-user.js';
import { createArguments, IMAGE, runtimeArguments } from './podman-arguments.js';
import { STORAGE_DRIVERS, type StorageDriver, writePodmanSettings } from './podman-settings.js';
import { makePrivateHome, type PrivateHome, privateEnv } from './private-env.js';
import { runStoppable } from './run-stoppable.js';
import { runtimeFailed } from './runtime-failed.js';

/** Statuses that podman ends with by itself; a program may end with them too (podman-run(1), "Exit Status"). */
const OWN_STATUSES = [125, 126, 127];
/** How podman begins what it says itself: an error, and what it or its runtime logs before. */
const OWN = ['Error: ', 'time="'].map((text) => Buffer.from(text));
/** Who is root, in the ways to write it. */
const ROOT = ['', '0', 'root', '0:0', 'root:root'];
/** How long the process that watches a container may take to clean up. */
const MONITOR_MS = 10_000;
const POLL_MS = 20;
const PID_LIMIT_BYTES = 64;

const startsOwn = (chunk: Uint8Array): boolean =>
  OWN.some((own) => Buffer.from(chunk.subarray(0, own.length)).equals(own));

/** What podman runs in may not have a path of more than 50 characters: with one it hears of the end of a container 20 s late. */
function shortDirectory({ env }: Host): string {
  return join(env.temporaryDirectory, `tbuild-${env.uniqueName().slice(0, 12)}`);
}

class Podman implements Containers {
  readonly #image: ContainerImage;
  readonly #context: ContainerContext;
  readonly #home: PrivateHome;
  readonly #before: readonly string[];
  #env: Readonly<Record<string, string>> = {};
  #driver: StorageDriver | undefined;
  #user: string | undefined;
  #newDirectory: string | undefined;

  constructor(image: ContainerImage, context: ContainerContext) {
    const { host, directory } = context;
    this.#image = image;
    this.#context = context;
    this.#home = makePrivateHome(directory, host, shortDirectory(host));
    const own = ['--log-level=fatal', `--tmpdir=${join(this.#home.runtime, 'libpod')}`];
    this.#before = [...own, ...runtimeArguments(host)];
  }

  async open(): Promise<void> {
    await this.#image.writeDirectory(join(this.#context.directory, IMAGE));
    this.#use(STORAGE_DRIVERS[0]);
    this.#user = await this.#otherUser();
    this.#newDirectory = await this.#missingDirectory();
  }

  async create(wanted: ContainerProcess): Promise<Container> {
    const { host, directory } = this.#context;
    const name = `tbuild-${host.env.uniqueName()}`;
    const monitorFile = join(directory, `${name}.pid`);
    const line = commandLine(this.#image, wanted);
    const args = createArguments({ name, monitorFile, wanted, commandLine: line, ...this.#instead }, host);
    let made = await this.#tell(args, wanted.interruption);
    if (made.status !== 0 && this.#driver === undefined) {
      // This machine may not be able to stack file systems here.
      const first = made;
      await this.#removeStorage();
      this.#use('vfs');
      made = await this.#tell(args, wanted.interruption);
      if (made.status !== 0) throw this.#failure(first.stderr);
    }
    if (made.status !== 0) throw this.#failure(made.stderr);
    this.#driver ??= 'overlay';
    return { run: () => this.#run({ name, monitorFile }, wanted) };
  }

  async close(): Promise<void> {
    const { files, env } = this.#context.host;
    try {
      if (env.userId === 0) return;
      await this.#removeStorage();
      // Ends the process that holds the namespaces of all containers of this user, which is in a private place too.
      await this.#tell(['system', 'migrate']);
    } finally {
      files.removeTree(this.#home.runtime);
    }
  }

  #use(driver: StorageDriver): void {
    const { host, directory } = this.#context;
    const settings = writePodmanSettings({ driver, directory, home: this.#home }, host.files);
    this.#env = { ...privateEnv(this.#home, host), ...settings };
    if (driver === 'vfs') this.#driver = driver;
  }

  #tell(args: readonly string[], interruption?: AbortSignal): Promise<Captured> {
    const { host, runtime, directory } = this.#context;
    const helper = { program: runtime.program, args: [...this.#before, ...args], workingDirectory: directory };
    return capture({ ...helper, env: this.#env, ...(interruption !== undefined && { interruption }) }, host);
  }

  /** What is not as the image says. */
  get #instead(): { readonly user: string | undefined; readonly newDirectory: string | undefined } {
    return { user: this.#user, newDirectory: this.#newDirectory };
  }

  /**
   * Where the program shall begin, links followed, if the image has nothing there: podman would make that directory, and
   * follow links of the image on this machine.
   */
  async #missingDirectory(): Promise<string | undefined> {
    const wanted = this.#image.config.config?.WorkingDir || '/';
    if (wanted === '/') return undefined;
    const tree = await this.#image.tree();
    const place = resolvePath(wanted, (path) => tree.get(path));
    if (place.kind !== 'place')
      throw this.#failure(`${JSON.stringify(wanted)}, where it begins, cannot be a directory`);
    return place.entry === undefined ? `/${place.path}` : undefined;
  }

  /** Root of the container instead of another user, where this machine gives the user one id only. */
  async #otherUser(): Promise<string | undefined> {
    const { host, warn } = this.#context;
    const written = this.#image.config.config?.User ?? '';
    if (host.env.userId === 0 || ROOT.includes(written)) return undefined;
    const { stdout } = await this.#tell(['unshare', 'cat', '/proc/self/uid_map']);
    const ids = stdout.split('\n').map((line) => Number(line.trim().split(/\s+/)[2] ?? 0));
    if (ids.reduce((sum, count) => sum + count, 0) !== 1) return undefined;
    const user = await imageUser(this.#image, await this.#image.tree());
    if (user.uid === 0 && user.gid === 0) return undefined;
    warn(
      `podman has one user id on this machine (no others in /etc/subuid), so the program runs as user 0 of the container instead of ${JSON.stringify(written)}`,
    );
    return '0:0';
  }

  async #run({ name, monitorFile }: { name: string; monitorFile: string }, wanted: ContainerProcess): Promise<number> {
    const { host, runtime, directory } = this.#context;
    const output = new HeldErrors((chunk, stream) => wanted.onOutput(chunk, stream), startsOwn);
    try {
      const ending = await runStoppable(
        {
          program: runtime.program,
          args: [...this.#before, 'start', '--attach', name],
          workingDirectory: directory,
          env: this.#env,
          interruption: wanted.interruption,
          onOutput: (chunk, stream) => output.push(chunk, stream),
          send: (signal) => this.#tell(['kill', `--signal=${signal}`, name]),
        },
        host,
      );
      const status = exitStatusOf(ending);
      if (OWN_STATUSES.includes(status) && !(await this.#hasStarted(name))) throw this.#failure(output.take());
      output.release();
      return status;
    } catch (error) {
      throw errnoOf(error) === undefined ? error : this.#failure(reasonOf(error));
    } finally {
      await this.#tell(['rm', '--force', '--time=0', '--volumes', name]);
      await this.#monitorEnds(monitorFile);
    }
  }

  async #hasStarted(name: string): Promise<boolean> {
    const { stdout } = await this.#tell(['inspect', '--format={{.State.StartedAt}}', name]);
    // Go's zero time: never.
    return !stdout.startsWith('0001-01-01');
  }

  /** The process that watches a container becomes the one that cleans up, and is still at it when podman itself has ended. */
  async #monitorEnds(file: string): Promise<void> {
    const { clock, files, processes } = this.#context.host;
    if (files.stat(file) === undefined) return;
    const id = Number((decodeUtf8(files.readFile(file, PID_LIMIT_BYTES)) ?? '').trim());
    const until = clock.monotonic() + MONITOR_MS;
    while (processes.isAlive(id) && clock.monotonic() < until) await clock.sleep(POLL_MS, new AbortController().signal);
  }

  /** Files in it may be those of subordinate ids, which only their own namespace lets the user remove. */
  async #removeStorage(): Promise<void> {
    const { host, directory } = this.#context;
    const places = [join(directory, 'storage'), join(this.#home.home, '.local')];
    if (host.env.userId !== 0) await this.#tell(['unshare', 'rm', '-rf', ...places]);
    for (const path of places) host.files.removeTree(path);
  }

  #failure(said: string): TbuildError {
    const { host, runtime } = this.#context;
    return runtimeFailed({ image: this.#image, runtime: runtime.name, said: said.replace(/^Error: /, '') }, host);
  }
}

/** An image in a storage of its own, for podman. @throws TbuildError `runtime-failed` */
export async function openPodman(image: ContainerImage, context: ContainerContext): Promise<Containers> {
  const podman = new Podman(image, context);
  try {
    await podman.open();
    return podman;
  } catch (error) {
    await podman.close();
    throw error;
  }
}
