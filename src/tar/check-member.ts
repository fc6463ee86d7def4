import { fail, type TbuildError } from '../errors/index.js';
import { decodeName, normalisePath } from './member-name.js';
import { MAX_ID, type TarMember } from './tar-member.js';
import { MAX_SHORT_OCTAL } from './ustar.js';

/** Makes the errors about a member that no archive can hold: `input-limit` for a limit, else `input-name`. */
export function refuserForInput(path: string): (problem: string, code?: string) => TbuildError {
  return (problem, code) =>
    fail(code === 'archive-limit' ? 'input-limit' : 'input-name', {
      message: `Cannot put ${JSON.stringify(path)} into an archive: it ${problem}`,
      details: { path },
    });
}

/** A caller that gives such numbers has a bug: what users write is checked where they write it. */
function checkNumbers(member: TarMember): void {
  const { path, mode, uid, gid, mtime, size, kind, deviceMajor = 0, deviceMinor = 0 } = member;
  const check = (name: string, value: number): void => {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} of "${path}" is ${value}`);
  };
  check('mode', mode);
  check('uid', uid);
  check('gid', gid);
  check('mtime', mtime);
  check('size', size);
  check('deviceMajor', deviceMajor);
  check('deviceMinor', deviceMinor);
  if (Math.max(uid, gid) > MAX_ID) throw new RangeError(`owner of "${path}" is ${uid}:${gid}`);
  if (Math.max(deviceMajor, deviceMinor) > MAX_SHORT_OCTAL) {
    throw new RangeError(`device of "${path}" is ${deviceMajor}:${deviceMinor}`);
  }
  if (kind !== 'file' && size !== 0) throw new RangeError(`size of "${path}", a ${kind}, is ${size}`);
}

/** Most paths there are: of ASCII, no name that begins with a dot but for one other character, short. They need no closer look. */
const PLAIN_PATH = /^(?=.{1,255}$)\.?[\w+@-][\w.+@-]*(?:\/\.?[\w+@-][\w.+@-]*)*$/;

function checkNames(member: TarMember): void {
  const { path, kind, linkTarget } = member;
  const isLink = kind === 'symlink' || kind === 'hardlink';
  if (!isLink && linkTarget === undefined && member.xattrs === undefined && PLAIN_PATH.test(path)) return;
  const refuse = refuserForInput(path);
  if (isLink !== (linkTarget !== undefined)) throw new TypeError(`link target of "${path}", a ${kind}`);
  const names = linkTarget === undefined ? [path] : [path, linkTarget];
  for (const name of names) {
    if (/\p{Surrogate}/u.test(name)) throw refuse('has a name that is not well-formed Unicode');
    decodeName(Buffer.from(name), 'name', refuse);
  }
  for (const name of kind === 'symlink' ? [path] : names) {
    if (normalisePath(name, 'name', refuse) !== name) throw refuse('has a name that is not in its shortest form');
  }
  for (const name of member.xattrs?.keys() ?? []) {
    // The first `=` of a record ends its key.
    if (!/^[^=\0]+$/.test(name) || /\p{Surrogate}/u.test(name)) {
      throw refuse(`has an extended attribute named ${JSON.stringify(name)}`);
    }
  }
}

/**
 * Makes sure that the archive will say what the member says, and that our own reader accepts it. Throws `input-name`
 * or `input-limit` for names that no archive can hold, RangeError or TypeError for facts that cannot be.
 */
export function checkMember(member: TarMember): void {
  checkNumbers(member);
  checkNames(member);
}
