import { ExitStatus } from '../../errors/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { renderLogout } from '../render/login.js';

const run: Handler<object, [registry: string]> = async (context, _, registry) => {
  const result = await context.operate((operations, host, base) => operations.logOut(host, { ...base, registry }));
  const { output } = context;
  if (output.isJson) output.document(result);
  else if (!output.isQuiet) output.result(renderLogout(result));
  return ExitStatus.done;
};

export const defineLogout: DefineCommand = (program, act) => {
  program
    .command('logout')
    .summary('forget the credentials for a registry')
    .description(
      'Removes the credentials for a registry from every file of docker and podman, and from the credential helper that is configured for it. With --authfile only from that file.',
    )
    .argument('<registry>', 'as for login: ghcr.io, 127.0.0.1:5000, quay.io/org')
    .addHelpText('after', examples([['tbuild logout ghcr.io', 'docker and podman forget it too']]))
    .action(act(run));
};
