import { describe, expect, it } from 'vitest';
import { imageUser } from '../../src/container/image-user.js';
import { failureOf } from '../support/failure-of.js';
import { directory, file, imageOf, link } from './support.js';

const passwd = ['root:x:0:0::/root:/bin/sh', 'app:x:1000:50::/srv/app:', '7:x:1007:7::/seven:', 'odd:x:none:1::/:', ''];
const group = ['root:x:0:', 'staff:x:50:', 'disk:x:6:other,app', 'audio:x:29:app', '9:x:90:', ''];
const entries = [
  directory('etc'),
  file('etc/passwd.real', passwd.join('\n')),
  link('etc/passwd', '/etc/passwd.real'),
  file('etc/group', group.join('\n')),
];

function userOf(User: string | undefined, of = entries) {
  const image = imageOf(of, User === undefined ? {} : { User });
  return image.tree().then((tree) => imageUser(image, tree));
}

describe('whom an image says', () => {
  it.each([
    [undefined, { uid: 0, gid: 0, groups: [], home: '/root' }],
    ['', { uid: 0, gid: 0, groups: [], home: '/root' }],
    ['app', { uid: 1000, gid: 50, groups: [6, 29], home: '/srv/app' }],
    ['1000', { uid: 1000, gid: 50, groups: [6, 29], home: '/srv/app' }],
    ['app:disk', { uid: 1000, gid: 6, groups: [], home: '/srv/app' }],
    ['app:77', { uid: 1000, gid: 77, groups: [], home: '/srv/app' }],
    ['65532', { uid: 65532, gid: 0, groups: [], home: '/' }],
    ['65532:65532', { uid: 65532, gid: 65532, groups: [], home: '/' }],
    [':staff', { uid: 0, gid: 50, groups: [], home: '/root' }],
    // A name comes before a number.
    ['7', { uid: 1007, gid: 7, groups: [], home: '/seven' }],
    ['app:9', { uid: 1000, gid: 90, groups: [], home: '/srv/app' }],
  ])('%j', async (text, expected) => {
    expect(await userOf(text)).toEqual(expected);
  });

  it('is root of group 0 in an image without accounts', async () => {
    expect(await userOf(undefined, [])).toEqual({ uid: 0, gid: 0, groups: [], home: '/' });
  });

  it.each([
    ['nobody', 'Cannot run "oci:image": its user "nobody" has no account in its /etc/passwd'],
    ['odd', 'Cannot run "oci:image": its user "odd" has no account in its /etc/passwd'],
    ['-1', 'Cannot run "oci:image": its user "-1" has no account in its /etc/passwd'],
    ['4294967295', 'Cannot run "oci:image": its user "4294967295" has no account in its /etc/passwd'],
    ['app:none', 'Cannot run "oci:image": its group "none" is not in its /etc/group'],
  ])('%j is nobody', async (text, message) => {
    expect((await failureOf(userOf(text))).message).toBe(message);
  });
});
