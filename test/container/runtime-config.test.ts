import { expect, it } from 'vitest';
import { type RuntimeSettings, runtimeConfig } from '../../src/container/runtime-config.js';

const settings: RuntimeSettings = {
  args: ['/app'],
  env: ['A=b'],
  workingDirectory: '/srv',
  user: { uid: 0, gid: 0, groups: [6], home: '/root' },
  hostname: 'tbuild',
  network: false,
  mapped: undefined,
  files: { '/etc/hosts': '/private/hosts' },
};

// biome-ignore lint/suspicious/noExplicitAny: a document of another specification
const configOf = (facts: Partial<RuntimeSettings>): any => runtimeConfig({ ...settings, ...facts });
const namespaces = (facts: Partial<RuntimeSettings>) =>
  configOf(facts).linux.namespaces.map(({ type }: { type: string }) => type);

it('a container has namespaces of its own, for the network too unless that is asked for', () => {
  expect(namespaces({})).toEqual(['pid', 'ipc', 'uts', 'mount', 'network']);
  expect(namespaces({ network: true })).toEqual(['pid', 'ipc', 'uts', 'mount']);
  expect(configOf({}).linux.namespaces.every((one: object) => !('path' in one))).toBe(true);
});

it('without root the one id outside is that of the program, which has no capability and no other group', () => {
  const mapped = { uid: 1000, gid: 100 };
  const user = { uid: 7, gid: 8, groups: [6], home: '/' };
  const { linux, process } = configOf({ mapped, user });
  expect(namespaces({ mapped })).toContain('user');
  expect(linux.uidMappings).toEqual([{ containerID: 7, hostID: 1000, size: 1 }]);
  expect(linux.gidMappings).toEqual([{ containerID: 8, hostID: 100, size: 1 }]);
  expect(process.user).toEqual({ uid: 7, gid: 8 });
  expect(Object.values(process.capabilities).flat()).toEqual([]);
});

it('root has no capability that reaches beyond the container, and another user of it has none at all', () => {
  const { capabilities } = configOf({}).process;
  expect(capabilities.effective).toContain('CAP_CHOWN');
  const dangerous = ['CAP_SYS_ADMIN', 'CAP_MKNOD', 'CAP_NET_RAW', 'CAP_NET_ADMIN', 'CAP_SYS_PTRACE', 'CAP_SYS_MODULE'];
  expect(capabilities.bounding.filter((name: string) => dangerous.includes(name))).toEqual([]);
  const user = { uid: 7, gid: 8, groups: [6], home: '/' };
  const other = configOf({ user }).process;
  expect([other.capabilities.effective, other.capabilities.permitted]).toEqual([[], []]);
  expect(other.user).toEqual({ uid: 7, gid: 8, additionalGids: [6] });
});

it('nobody gets new privileges, and of this machine only files made for the container are seen, read-only', () => {
  const { process, mounts, linux } = configOf({});
  expect(process.noNewPrivileges).toBe(true);
  const binds = mounts.filter(({ type }: { type: string }) => type === 'bind');
  expect(binds).toEqual([
    {
      destination: '/etc/hosts',
      type: 'bind',
      source: '/private/hosts',
      options: ['bind', 'nosuid', 'noexec', 'nodev', 'ro'],
    },
  ]);
  expect(linux.readonlyPaths).toContain('/proc/sys');
  expect(linux.maskedPaths).toContain('/proc/kcore');
});
