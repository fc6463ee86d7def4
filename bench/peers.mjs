import { programPath } from './command.mjs';

/** The programs that a contender is made of, where it is not only ours. */
const NEEDS = {
  umoci: ['umoci'],
  buildah: ['buildah'],
  pigz: ['tar', 'pigz', 'sha256sum'],
  zstd: ['tar', 'zstd', 'sha256sum'],
  git: ['git'],
  mmdebstrap: ['mmdebstrap'],
  push: ['docker-registry'],
  copy: ['docker-registry'],
  pull: ['docker-registry'],
  'skopeo-push': ['skopeo', 'docker-registry'],
  'skopeo-pull': ['skopeo', 'docker-registry'],
};

/** Programs that a row needs and that this machine does not have. */
export function missingPrograms({ measure, ours, peer }) {
  const needed = measure === 'time' ? [ours, peer].flatMap((name) => NEEDS[name] ?? []) : ['time', 'gzip'];
  return [...new Set(needed)].filter((name) => programPath(name) === undefined);
}
