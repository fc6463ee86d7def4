import { join } from 'node:path';
import { errnoOf, reasonOf } from '../host/index.js';
import { capture } from './capture.js';
import { commandLine, environmentOf } from './command-line.js';
import type { Container, ContainerContext, ContainerImage, ContainerProcess, Containers } from './container.js';
import { exitStatusOf } from './exit-status.js';
import { HeldErrors } from './held-errors.js';
import { type ImageUser, imageUser } from './image-user.js';
import { makePrivateHome, privateEnv } from './private-env.js';
import { runStoppable } from './run-stoppable.js';
import { type RuntimeCall, runtimeCall } from './runtime-call.js';
import { runtimeConfig } from './runtime-config.js';
import { notRunnable, runtimeFailed } from './runtime-failed.js';
import { errorsInLog } from './runtime-log.js';
import { writeRootfs } from './write-rootfs.js';

const HOSTNAME = 'tbuild';
const HOSTS = `127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\t${HOSTNAME}\n`;
const RESOLV_CONF = '/etc/resolv.conf';
const RESOLV_CONF_LIMIT_BYTES = 64 * 1024;

function writeText(context: ContainerContext, path: string, content: string | Uint8Array): void {
  const { files } = context.host;
  const handle = files.createFile(path);
  try {
    handle.write(typeof content === 'string' ? Buffer.from(content) : content);
  } finally {
    handle.close();
  }
  files.chmod(path, 0o644);
}

/** How long a runtime may take to write an error into its log that it told on its standard error before, as crun does. */
const LOG_LATE_MS = 200;

/** What no image can hold: the names of a container, and with a network who answers for the others. */
function writeNameFiles(directory: string, network: boolean, context: ContainerContext): Record<string, string> {
  const { files } = context.host;
  const hosts = join(directory, 'hosts');
  writeText(context, hosts, HOSTS);
  if (!network || files.stat(RESOLV_CONF) === undefined) return { '/etc/hosts': hosts };
  const resolver = join(directory, 'resolv.conf');
  writeText(context, resolver, files.readFile(RESOLV_CONF, RESOLV_CONF_LIMIT_BYTES));
  return { '/etc/hosts': hosts, [RESOLV_CONF]: resolver };
}

/** Only of Linux: other systems have other namespaces. */
function checkSystem(image: ContainerImage): void {
  if (image.platform.os !== 'linux') throw notRunnable(image, `it is for ${image.platform.os}`);
}

/** Directories that a runtime makes where an image lacks them: volumes, and where the program begins. */
function declaredDirectories({ config: { config } }: ContainerImage): readonly string[] {
  const { Volumes, WorkingDir } = config ?? {};
  return [...Object.keys(Volumes ?? {}), WorkingDir || '/'].filter((path) => path.startsWith('/'));
}

class Bundles implements Containers {
  readonly #image: ContainerImage;
  readonly #context: ContainerContext;
  readonly #env: Readonly<Record<string, string>>;
  readonly #call: RuntimeCall;
  #hasWarned = false;

  constructor(image: ContainerImage, context: ContainerContext) {
    const { host, directory, runtime } = context;
    this.#image = image;
    this.#context = context;
    const home = makePrivateHome(directory, host);
    this.#env = privateEnv(home, host);
    this.#call = runtimeCall(runtime, home.runtime, host);
  }

  async create(wanted: ContainerProcess): Promise<Container> {
    const { host, directory } = this.#context;
    const id = `tbuild-${host.env.uniqueName()}`;
    const bundle = join(directory, id);
    const user = await this.#user();
    const config = this.#image.config.config ?? {};
    const args = commandLine(this.#image, wanted);
    host.files.makeDirectory(bundle, 0o700);
    const settings = {
      args,
      env: environmentOf(this.#image.config, wanted.env, { home: user.home, hostname: HOSTNAME }),
      workingDirectory: config.WorkingDir || '/',
      user,
      hostname: HOSTNAME,
      network: wanted.network,
      mapped: this.#call.ids,
      files: writeNameFiles(bundle, wanted.network, this.#context),
    };
    writeText(this.#context, join(bundle, 'config.json'), JSON.stringify(runtimeConfig(settings)));
    const rootfs = { directory: join(bundle, 'rootfs'), keepsOwners: this.#call.ids === undefined };
    const directories = declaredDirectories(this.#image);
    const { leftOut } = await writeRootfs(this.#image, { ...rootfs, directories }, this.#context);
    if (leftOut > 0) this.#warnOnce(`${leftOut} devices and fifos of the image are left out`);
    return { run: () => this.#run(id, bundle, wanted) };
  }

  async close(): Promise<void> {}

  async #user(): Promise<ImageUser> {
    const user = await imageUser(this.#image, await this.#image.tree());
    // It becomes root of its user namespace, and one id of ours can be one id there.
    const isImpossible = this.#context.runtime.name === 'runc' && this.#call.ids !== undefined;
    if (!isImpossible || (user.uid === 0 && user.gid === 0)) return user;
    this.#warnOnce(
      `without root runc runs the program as user 0 of the container, without any capability, instead of ${JSON.stringify(this.#image.config.config?.User)}; crun can do otherwise`,
    );
    return { ...user, uid: 0, gid: 0, groups: [] };
  }

  #warnOnce(message: string): void {
    if (!this.#hasWarned) this.#context.warn(message);
    this.#hasWarned = true;
  }

  /** Calls the runtime about a container, to the end. */
  #tell(...args: readonly string[]) {
    const { program, args: before } = this.#call;
    const helper = { program, args: [...before, ...args], workingDirectory: this.#context.directory, env: this.#env };
    return capture(helper, this.#context.host);
  }

  async #run(id: string, bundle: string, wanted: ContainerProcess): Promise<number> {
    const { host, directory } = this.#context;
    const { files } = host;
    const { program, args, log } = this.#call;
    files.remove(log);
    // A runtime that fails also says so where the program's errors go.
    const output = new HeldErrors(
      (chunk, stream) => wanted.onOutput(chunk, stream),
      () => true,
    );
    try {
      const ending = await runStoppable(
        {
          program,
          args: [...args, 'run', '--bundle', bundle, id],
          workingDirectory: directory,
          env: this.#env,
          interruption: wanted.interruption,
          onOutput: (chunk, stream) => {
            if (stream === 'stderr' && errorsInLog(files, log) !== undefined) return;
            output.push(chunk, stream);
            if (output.isHolding) void this.#releaseLater(output);
          },
          send: (signal) => this.#tell('kill', id, signal),
        },
        host,
      );
      const said = errorsInLog(files, log);
      const status = exitStatusOf(ending);
      if (said !== undefined && status !== 0) throw this.#failure(said);
      output.release();
      return status;
    } catch (error) {
      throw errnoOf(error) === undefined ? error : this.#failure(reasonOf(error));
    } finally {
      output.take();
      await this.#tell('delete', '--force', id);
      files.removeTree(bundle);
    }
  }

  /** Passes on what is held, unless the runtime has told by then that it was its own. */
  async #releaseLater(output: HeldErrors): Promise<void> {
    const { clock, files } = this.#context.host;
    await clock.sleep(LOG_LATE_MS, new AbortController().signal);
    if (errorsInLog(files, this.#call.log) === undefined) output.release();
  }

  #failure(said: string) {
    const { host, runtime } = this.#context;
    return runtimeFailed({ image: this.#image, runtime: runtime.name, said }, host);
  }
}

/** An image as bundles of the OCI runtime-spec, for runc and crun. @throws TbuildError `runtime-failed`; errno errors */
export function openBundles(image: ContainerImage, context: ContainerContext): Containers {
  checkSystem(image);
  return new Bundles(image, context);
}
