import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';

/** What another program does to the tar of a layer: `members` is the list of Python's `TarInfo`s. */
export interface Retar {
  /** Number of the layer from the bottom, from 0. */
  readonly layer: number;
  /** Statements of Python on `members`. */
  readonly script: string;
}

const PROGRAM = `
import gzip, hashlib, io, json, sys, tarfile
layout, number, script = sys.argv[1], int(sys.argv[2]), sys.argv[3]
at = lambda digest: layout + '/blobs/sha256/' + digest.split(':')[1]
def put(data, descriptor):
    descriptor['digest'] = 'sha256:' + hashlib.sha256(data).hexdigest()
    descriptor['size'] = len(data)
    open(at(descriptor['digest']), 'wb').write(data)
index = json.load(open(layout + '/index.json'))
manifest = json.load(open(at(index['manifests'][0]['digest'])))
config = json.load(open(at(manifest['config']['digest'])))
layer = manifest['layers'][number]
old = tarfile.open(fileobj=io.BytesIO(gzip.decompress(open(at(layer['digest']), 'rb').read())))
members = old.getmembers()
contents = {member.name: old.extractfile(member) for member in members if member.isreg()}
exec(script)
raw = io.BytesIO()
with tarfile.open(fileobj=raw, mode='w', format=tarfile.PAX_FORMAT) as new:
    for member in members:
        new.addfile(member, contents.get(member.name))
config['rootfs']['diff_ids'][number] = 'sha256:' + hashlib.sha256(raw.getvalue()).hexdigest()
put(gzip.compress(raw.getvalue(), mtime=0), layer)
put(json.dumps(config).encode(), manifest['config'])
put(json.dumps(manifest).encode(), index['manifests'][0])
json.dump(index, open(layout + '/index.json', 'w'))
`;

/** Copies an OCI layout of one image for one platform, and writes a layer anew as Python's tarfile does. Needs python3. */
export function foreignLayout(from: string, to: string, { layer, script }: Retar): void {
  cpSync(from, to, { recursive: true });
  execFileSync('python3', ['-c', PROGRAM, to, String(layer), script]);
}
