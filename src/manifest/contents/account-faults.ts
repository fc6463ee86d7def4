import { membersOf, type Plain, valueAt } from '../source-node.js';
import type { Fault } from './fault.js';

/** Everything on Linux takes 0 for root, whatever it is called. */
function rootFaults(accounts: Plain, list: 'users' | 'groups'): readonly Fault[] {
  const key = list === 'users' ? 'uid' : 'gid';
  return membersOf(valueAt(accounts, [list])).flatMap(([index, account]): readonly Fault[] => {
    const name = valueAt(account, ['name']);
    const id = valueAt(account, [key]);
    if (typeof name !== 'string' || typeof id !== 'number' || (name === 'root') === (id === 0)) return [];
    if (id === 0) return [{ key: [list, index, key], reason: 'is 0, which is root', hint: 'Write another number.' }];
    return [{ key: [list, index, key], reason: `is ${id}, and root has 0`, hint: 'Write 0, or another name.' }];
  });
}

/** Rules between the values of what `accounts` holds. */
export function accountFaults(accounts: Plain): readonly Fault[] {
  return [...rootFaults(accounts, 'users'), ...rootFaults(accounts, 'groups')];
}
