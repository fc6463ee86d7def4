import type { AccountsContent } from '../content-declaration.js';
import type * as Yaml from '../generated/image-yaml.js';
import { factsOf, type Place } from './place.js';

const HOME = '/';
const SHELL = '/sbin/nologin';

export function accountsOf(written: Yaml.AccountsContent, place: Place): AccountsContent {
  const { users = [], groups = [] } = written.accounts;
  const spanAt = (list: 'users' | 'groups', index: number) =>
    place.spanOf([...place.path, 'accounts', list, index, 'name']);
  return {
    kind: 'accounts',
    users: users.map(({ name, uid, gid, home = HOME, shell = SHELL }, index) => ({
      ...{ name, uid, gid, home, shell },
      at: spanAt('users', index),
    })),
    groups: groups.map(({ name, gid, members = [] }, index) => ({
      ...{ name, gid, members },
      at: spanAt('groups', index),
    })),
    ...factsOf({}, place),
  };
}
