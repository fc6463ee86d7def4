import type { ImageUser } from './image-user.js';

/** What differs from container to container in what a runtime is told. */
export interface RuntimeSettings {
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** Absolute in the container. */
  readonly workingDirectory: string;
  readonly user: ImageUser;
  readonly hostname: string;
  readonly network: boolean;
  /** For who is not root: the ids outside that the user and the group of the program are. Undefined: ids are what they are. */
  readonly mapped: { readonly uid: number; readonly gid: number } | undefined;
  /** Files of this machine that are seen in the container, read-only: place there → absolute path here. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * What root has in a container of docker's, less what is dangerous where nothing else holds it back, since neither every
 * kernel nor every container around us lets a runtime limit devices: no device nodes, no raw sockets on a shared network.
 */
const CAPABILITIES_OF_ROOT = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** What shows or changes the machine, as runtimes hide it by default. */
const MASKED = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

const quiet = ['nosuid', 'noexec', 'nodev'];

const MOUNTS: readonly Mount[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: quiet },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
  },
  { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...quiet, 'mode=1777', 'size=65536k'] },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: quiet },
];

/** A namespace of the network is what shows /sys; without one it is that of the machine. */
const sysMount = (network: boolean): Mount =>
  network
    ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...quiet, 'ro'] }
    : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...quiet, 'ro'] };

function capabilitiesOf({ user, mapped }: RuntimeSettings) {
  const bounding = mapped === undefined ? CAPABILITIES_OF_ROOT : [];
  // Only root has them at once (capabilities(7)).
  const effective = user.uid === 0 ? bounding : [];
  return { bounding, permitted: effective, effective, inheritable: [], ambient: [] };
}

function linuxOf({ user, network, mapped }: RuntimeSettings) {
  const names = [
    'pid',
    'ipc',
    'uts',
    'mount',
    ...(network ? [] : ['network']),
    ...(mapped === undefined ? [] : ['user']),
  ];
  const mapping = (containerID: number, hostID: number) => [{ containerID, hostID, size: 1 }];
  return {
    namespaces: names.map((type) => ({ type })),
    ...(mapped !== undefined && {
      uidMappings: mapping(user.uid, mapped.uid),
      gidMappings: mapping(user.gid, mapped.gid),
    }),
    maskedPaths: MASKED,
    readonlyPaths: READ_ONLY,
  };
}

/** The config.json of a bundle whose files are in `rootfs` (OCI runtime-spec 1.0, "Configuration", "Linux Container Configuration"). */
export function runtimeConfig(settings: RuntimeSettings): unknown {
  const { args, env, workingDirectory: cwd, user, hostname, network, mapped, files } = settings;
  const { uid, gid, groups } = user;
  const binds = Object.entries(files).map(
    ([destination, source]): Mount => ({
      destination,
      type: 'bind',
      source,
      options: ['bind', ...quiet, 'ro'],
    }),
  );
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      // Who is not root cannot be in other groups (user_namespaces(7)).
      user: { uid, gid, ...(mapped === undefined && groups.length > 0 && { additionalGids: groups }) },
      args,
      env,
      cwd,
      capabilities: capabilitiesOf(settings),
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: false },
    hostname,
    mounts: [...MOUNTS, sysMount(network), ...binds],
    linux: linuxOf(settings),
  };
}
