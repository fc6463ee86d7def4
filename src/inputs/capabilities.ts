/** Bit numbers of Linux capabilities (linux/capability.h); new ones are only ever added at the end. */
const NUMBERS: readonly string[] = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
];

const VFS_CAP_REVISION_2 = 0x0200_0000;
const VFS_CAP_FLAGS_EFFECTIVE = 1;

/**
 * The value of `security.capability` that gives a program these capabilities, permitted and effective (linux/capability.h,
 * `struct vfs_cap_data`, revision 2: five little-endian words).
 *
 * @throws RangeError for a name that is no capability (the manifest was not checked)
 */
export function capabilityAttribute(names: readonly string[]): Uint8Array {
  const permitted = [0, 0];
  for (const name of names) {
    const number = NUMBERS.indexOf(name);
    if (number < 0) throw new RangeError(`${JSON.stringify(name)} is not a Linux capability`);
    permitted[number >> 5]! |= 1 << (number & 31);
  }
  const words = [VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, permitted[0]!, 0, permitted[1]!, 0];
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => {
    bytes.writeUInt32LE(word >>> 0, 4 * i);
  });
  return bytes;
}
