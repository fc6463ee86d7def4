import { fail, type TbuildError } from '../../errors/index.js';
import type { Host } from '../../host/index.js';
import type { ArtifactDeclaration } from '../../manifest/index.js';
import { lazy } from '../../util/index.js';
import { lackOf } from './differences.js';
import { probeBubblewrap } from './probe-bubblewrap.js';
import type { Sandboxes } from './sandboxes.js';

function unavailable({ name, at }: ArtifactDeclaration, reason: string): TbuildError {
  const isMissing = reason === 'bubblewrap is not installed';
  return fail('sandbox-unavailable', {
    message: `Artifact ${JSON.stringify(name)} asks for the strict sandbox, and ${reason}`,
    hint: `${isMissing ? 'Install bubblewrap' : 'Allow user namespaces on this machine'}, or leave "sandbox" out to get the best that is there.`,
    at,
    details: { artifact: name, reason },
  });
}

/** Finds out what this machine allows, when it is first asked for. */
export function openSandboxes(host: Host): Sandboxes {
  const probe = lazy(() => probeBubblewrap(host));
  return {
    async stateFor(declaration) {
      if (declaration.sandbox === 'relaxed') return { level: 'relaxed' };
      const found = await probe();
      if ('bubblewrap' in found) return { level: 'strict' };
      if (declaration.sandbox === 'strict') throw unavailable(declaration, found.reason);
      return { level: 'relaxed', reason: found.reason };
    },
    lacks: async (variation, level) => lackOf(variation, level, host),
    async bubblewrap() {
      const found = await probe();
      return 'bubblewrap' in found ? found.bubblewrap : undefined;
    },
  };
}
