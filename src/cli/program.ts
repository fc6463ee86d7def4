import { Command } from 'commander';
import type { Act } from './act.js';
import { defineApply } from './commands/apply.js';
import { defineCache } from './commands/cache.js';
import { defineCopy } from './commands/copy.js';
import { defineDelete } from './commands/delete.js';
import { defineDiff } from './commands/diff.js';
import { defineFiles } from './commands/files.js';
import { defineImport } from './commands/import.js';
import { defineInspect } from './commands/inspect.js';
import { defineLock } from './commands/lock.js';
import { defineLogin } from './commands/login.js';
import { defineLogout } from './commands/logout.js';
import { definePlan } from './commands/plan.js';
import { defineRun } from './commands/run.js';
import { defineSchema } from './commands/schema.js';
import { defineSync } from './commands/sync.js';
import { defineTags } from './commands/tags.js';
import { defineVerify } from './commands/verify.js';
import { addGlobalOptions } from './global-options.js';
import type { Io, OutputStream } from './io.js';
import { hasColour, paintWith } from './render/paint.js';
import { VERSION } from './version.js';

const MAX_COLUMNS = 100;

const DESCRIPTION =
  'Builds container images declaratively and reproducibly: what image.yaml says comes out as the same bytes on every machine. No daemon, no root, and nothing runs inside the image.';

const MORE = `
Examples:
  tbuild plan                                 what would change, and why
  tbuild apply -o oci:out:latest              build, and write an OCI layout
  tbuild apply --push                         build, and publish to the registry
  tbuild lock --update                        move the pins, and see what moved
  tbuild verify                               build again from nothing: the same bytes?
  tbuild diff oci:old oci:new                 how two images differ, and why
  tbuild run oci:out:latest                   does it start?
  tbuild inspect docker://debian:12           what an image is
  tbuild copy docker://debian:12 oci:debian   the same bytes somewhere else
  tbuild COMMAND --help                       more about a command

Exit status:
  0   done                           64   the command line is not valid
  1   failed                         65   the manifest is not valid
  2   changes (--detailed-exitcode)  69   a registry cannot be reached, or does not answer
  3   not reproducible               77   a registry denies access
  4   not what a digest or pin says  128+n  ended by signal n
  5   an artifact's command failed
  diff: 0 the same, 1 different, 2 trouble; run: that of the container

Environment:
  SOURCE_DATE_EPOCH                time of the image in seconds, instead of "created"
  XDG_CACHE_HOME                   where the cache is: $XDG_CACHE_HOME/tbuild
  TBUILD_REGISTRY, TBUILD_USERNAME, TBUILD_PASSWORD
                                   credentials for one registry
  DOCKER_AUTH_CONFIG, REGISTRY_AUTH_FILE, DOCKER_CONFIG
                                   other credentials, as docker and podman find them
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                                   the way to registries
  SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS
                                   whose certificates are trusted
  NO_COLOR, FORCE_COLOR            no colour, or colour in any case
  CI                               no live progress; and --frozen unless it is "false" or "0"

Results go to standard output, everything else to standard error. With --json, standard output
is one JSON document; for an error it is {"error": {"code", "message", "hint", "at", …, "exit"}}.
Where registries warn of something, it has "warnings": [{"message"}, …], too.
`;

/** The command line as a commander program: parsing, help, and nothing that works. */
export function createProgram(io: Io, act: Act): Command {
  const program = new Command('tbuild');
  const color = !io.argv.includes('--no-color');
  const columns = (stream: OutputStream): number => Math.min(stream.columns, MAX_COLUMNS);
  const bold = (text: string): string => paintWith(true)('bold', text);
  program
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined, // rendered like every other error
      getOutHelpWidth: () => columns(io.stdout),
      getErrHelpWidth: () => columns(io.stderr),
      getOutHasColors: () => hasColour(io.stdout, io, { color }),
      getErrHasColors: () => hasColour(io.stderr, io, { color }),
    })
    .configureHelp({ showGlobalOptions: true, styleTitle: bold })
    .description(DESCRIPTION)
    .usage('[options] <command>')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', MORE);
  addGlobalOptions(program);
  for (const define of [
    definePlan,
    defineApply,
    defineLock,
    defineVerify,
    defineDiff,
    defineRun,
    defineInspect,
    defineFiles,
    defineCopy,
    defineSync,
    defineTags,
    defineDelete,
    defineLogin,
    defineLogout,
    defineImport,
    defineCache,
    defineSchema,
  ]) {
    define(program, act);
  }
  return program;
}
