/** Who a strict command is, on every machine. */
export const USER_ID = 1000;

/** What there is in /etc for a strict command: path → text. */
export const ETC_FILES: Readonly<Record<string, string>> = {
  '/etc/passwd': [
    'root:x:0:0:root:/:/bin/sh',
    `build:x:${USER_ID}:${USER_ID}:build:/build/home:/bin/sh`,
    'nobody:x:65534:65534:nobody:/:/bin/false',
    '',
  ].join('\n'),
  '/etc/group': ['root:x:0:', `build:x:${USER_ID}:`, 'nogroup:x:65534:', ''].join('\n'),
  '/etc/hosts': ['127.0.0.1 localhost', '::1 localhost', ''].join('\n'),
  '/etc/nsswitch.conf': ['passwd: files', 'group: files', 'hosts: files dns', 'services: files', ''].join('\n'),
};
