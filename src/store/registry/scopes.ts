import type { RegistryReference } from '../../oci/index.js';

/** What a request needs to be allowed. `push` includes reading. */
export type Access = 'pull' | 'push' | 'delete';

/** What tokens are asked for. Distribution, "Token Scope Documentation". */
export interface Scopes {
  list(): readonly string[];
  /** Takes in what a challenge says is lacking; false where that is nothing new, or nothing to ask for. */
  widen(scope: string): boolean;
}

const ACTIONS: Readonly<Record<Access, readonly string[]>> = {
  pull: ['pull'],
  push: ['pull', 'push'],
  delete: ['delete'],
};
/** What must not be asked for, whatever a challenge says: who reads needs no right to write. */
const TOO_MUCH: Readonly<Record<Access, readonly string[]>> = {
  pull: ['push', 'delete', '*'],
  push: ['delete', '*'],
  delete: [],
};
const ACTION = /^(?:[a-z_]{1,32}|\*)$/;
const ACTIONS_MAX = 8;

/** The actions that a scope of a challenge names for this repository. Others are not ours to ask for. */
function actionsFor(repository: string, scope: string): readonly string[] {
  return scope.split(/\s+/).flatMap((item) => {
    const [type] = item.split(':', 1);
    const end = item.lastIndexOf(':');
    const isOurs = /^repository(?:\([a-z]+\))?$/.test(type!) && item.slice(type!.length + 1, end) === repository;
    return isOurs ? item.slice(end + 1).split(',') : [];
  });
}

export function openScopes({ repository }: Pick<RegistryReference, 'repository'>, access: Access): Scopes {
  const actions = [...ACTIONS[access]];
  return {
    list: () => [`repository:${repository}:${actions.join(',')}`],
    widen(scope) {
      const before = actions.length;
      for (const action of actionsFor(repository, scope)) {
        const isWanted = ACTION.test(action) && !TOO_MUCH[access].includes(action) && !actions.includes(action);
        if (isWanted && actions.length < ACTIONS_MAX) actions.push(action);
      }
      return actions.length > before;
    },
  };
}

/** The scopes, and reading another repository. */
export function withSource(scopes: Scopes, mountFrom: string | undefined): Scopes {
  if (mountFrom === undefined) return scopes;
  return { ...scopes, list: () => [...scopes.list(), `repository:${mountFrom}:pull`] };
}

/** For what concerns no repository. */
export const NO_SCOPES: Scopes = { list: () => [], widen: () => false };
