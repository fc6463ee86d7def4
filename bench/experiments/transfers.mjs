import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { programPath, run } from '../command.mjs';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A registry on this machine with nothing in it. */
async function startRegistry(scratch) {
  const port = await freePort();
  const config = join(scratch, 'registry.json');
  // YAML, of which JSON is a part.
  const storage = { filesystem: { rootdirectory: join(scratch, 'registry') } };
  writeFileSync(
    config,
    JSON.stringify({ version: '0.1', log: { level: 'error' }, storage, http: { addr: `127.0.0.1:${port}` } }),
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  process.once('exit', () => child.kill());
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries === 100 || child.exitCode !== null) throw new Error('the registry does not answer');
    await setTimeout(100);
  }
  return { host: `127.0.0.1:${port}`, stop: () => child.kill() };
}

/** The image of a corpus to a registry that has it, and from there to a layout. */
export async function transfers(context, corpus) {
  const registry = await startRegistry(context.scratch);
  const directory = context.directoryOf(corpus);
  const cache = join(context.scratch, 'push-cache');
  const layout = `oci:${join(context.scratch, 'layout')}:x`;
  const [ours, theirs] = ['ours', 'theirs'].map((name) => `docker://${registry.host}/bench/${name}:x`);
  const skopeo = [
    'skopeo',
    '--insecure-policy',
    'copy',
    '--quiet',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
  ];
  const apply = [...context.program, 'apply', directory, '--cache', cache, '--quiet', '-o'];
  const copy = (from, to, blobs) => [...context.program, 'copy', from, to, '--cache', blobs, '--quiet'];
  let built = false;
  const prepare = () => {
    if (built) return;
    run([...apply, layout]);
    run([...apply, ours]);
    if (programPath('skopeo') !== undefined) run([...skopeo, layout, theirs]);
    built = true;
  };
  const out = (place) => `oci:${join(place, 'out')}:x`;
  const contenders = [
    { name: 'push', prepare, commands: () => [[...apply, ours]] },
    { name: 'copy', prepare, commands: (place) => [copy(layout, ours, join(place, 'cache'))] },
    { name: 'skopeo-push', prepare, commands: () => [[...skopeo, layout, theirs]] },
    { name: 'pull', prepare, commands: (place) => [copy(ours, out(place), join(place, 'cache'))] },
    { name: 'skopeo-pull', prepare, commands: (place) => [[...skopeo, ours, out(place)]] },
  ];
  return Object.assign(contenders, { stop: () => registry.stop() });
}
