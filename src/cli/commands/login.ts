import { ExitStatus, fail } from '../../errors/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { renderLogin } from '../render/login.js';

interface LoginOptions {
  readonly username: string;
  readonly passwordStdin?: true;
}

const STDIN_HINT = 'Give the password on standard input: tbuild login REGISTRY -u USER --password-stdin < FILE.';

/** The one line end that an editor or `echo` puts after the password does not belong to it. */
function passwordOf(input: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input).replace(/\r?\n$/, '');
  } catch {
    throw fail('usage', { message: 'The password on standard input is not UTF-8 text' });
  }
}

const run: Handler<LoginOptions, [registry: string]> = async (context, { username, passwordStdin }, registry) => {
  if (passwordStdin === undefined) {
    throw fail('usage', { message: 'The password is not asked for, and is no argument', hint: STDIN_HINT });
  }
  const password = passwordOf(await context.readInput());
  if (password === '') throw fail('usage', { message: 'Standard input holds no password', hint: STDIN_HINT });
  const result = await context.operate((operations, host, base) =>
    operations.logIn(host, { ...base, registry, username, password }),
  );
  const { output } = context;
  if (output.isJson) output.document(result);
  else if (!output.isQuiet) output.result(renderLogin(result));
  return ExitStatus.done;
};

export const defineLogin: DefineCommand = (program, act) => {
  program
    .command('login')
    .summary('keep the credentials for a registry')
    .description(
      'Asks the registry whether it takes the user name and password, and keeps them: with the credential helper that is configured for it, else in the file of docker or podman, which then use them too. Nothing but standard input takes a password: arguments are seen by other users.',
    )
    .argument('<registry>', 'host, perhaps with a port, perhaps with a path: ghcr.io, 127.0.0.1:5000, quay.io/org')
    .requiredOption('-u, --username <name>', 'name of the user')
    .option('--password-stdin', 'read the password, or an access token, from standard input')
    .addHelpText(
      'after',
      examples([
        ['tbuild login ghcr.io -u USER --password-stdin < token', 'from a file'],
        ['pass show ghcr | tbuild login ghcr.io -u USER --password-stdin', 'from a password manager'],
      ]),
    )
    .action(act(run));
};
