import type { Declared } from '../artifact/support.js';

/** What a command says where it could not do what it must not, and where it could. */
export const HELD = 'held';
export const ESCAPED = 'escaped';

/** One thing that a command must not be able to do, and what comes of trying. */
export interface Escape {
  readonly name: string;
  readonly script: string;
  readonly declared?: Pick<Declared, 'limits' | 'tools'>;
  /**
   * `held`: the script itself says so. A list: the output, as mode and path. Else the code of the error, with what its
   * message must say.
   */
  readonly strict: typeof HELD | readonly string[] | { readonly code: string; readonly message: RegExp };
  /** True where the same script does it in the relaxed sandbox, which shows that trying is real. `root`: for root only. */
  readonly control?: true | 'root';
}

const python = { name: 'python3', with: ['/usr/lib/python3.[0-9]*'] };

/** Runs a line of shell that must not work. */
const attempt = (line: string): string =>
  `if ${line} 2>/dev/null; then echo ${ESCAPED}; else echo ${HELD}; fi > "$OUT/x"`;

/** Runs Python that must fail. */
const pythonAttempt = (code: string): Pick<Escape, 'script' | 'declared'> => ({
  script: `cat > "$TMPDIR/try.py" <<'END'\n${code}\nEND\n${attempt('python3 "$TMPDIR/try.py"')}`,
  declared: { tools: ['cat', python] },
});

const connecting = (family: string, kind: string, address: string, then = ''): Pick<Escape, 'script' | 'declared'> =>
  pythonAttempt(
    `import os, socket\ns = socket.socket(socket.${family}, socket.${kind})\ns.settimeout(2)\ns.connect(${address})\n${then}`,
  );

const reading = (path: string) => ({
  script: attempt(`cat ${path} | grep -q secret`),
  declared: { tools: ['cat', 'grep'] },
});
const writing = (path: string) => ({ script: attempt(`(echo harm > ${path})`) });
const calling = (line: string, tool: string) => ({ script: attempt(line), declared: { tools: [tool] } });

const ptrace = (id: string): string =>
  `import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nraise SystemExit(libc.ptrace(16, ${id}, 0, 0) != 0)`;

const NETWORK: readonly Escape[] = [
  { name: 'reach a host by TCP', ...connecting('AF_INET', 'SOCK_STREAM', '("192.0.2.1", 9)'), strict: HELD },
  {
    name: 'reach a service of this machine on the loopback',
    ...connecting('AF_INET', 'SOCK_STREAM', '("127.0.0.1", int(os.environ["PORT"]))'),
    strict: HELD,
    control: true,
  },
  {
    // Node fills its names up with NUL.
    name: 'reach an abstract unix socket',
    ...connecting('AF_UNIX', 'SOCK_STREAM', '("\\0" + os.environ["NAME"]).ljust(108, "\\0")'),
    strict: HELD,
    control: true,
  },
  {
    name: 'ask a name server',
    ...connecting(
      'AF_INET',
      'SOCK_DGRAM',
      '("127.0.0.1", int(os.environ["UDP_PORT"]))',
      's.send(b"?")\nassert s.recv(9) == b"!"',
    ),
    strict: HELD,
    control: true,
  },
  { name: 'resolve a name', ...pythonAttempt('import socket\nsocket.getaddrinfo("example.com", 80)'), strict: HELD },
];

const READING: readonly Escape[] = [
  { name: 'read keys of the user', ...reading('"$HOST_HOME/.ssh/id_ed25519"'), strict: HELD, control: true },
  { name: 'read credentials of docker', ...reading('"$HOST_HOME/.docker/config.json"'), strict: HELD, control: true },
  { name: 'read what lies beside its inputs', ...reading('"$PROJECT/undeclared.txt"'), strict: HELD, control: true },
  {
    name: 'climb out of its inputs',
    ...reading('../undeclared.txt ../../undeclared.txt /build/undeclared.txt'),
    strict: HELD,
  },
  { name: 'read the environment of tbuild', ...reading('"/proc/$HOST_PID/environ"'), strict: HELD, control: true },
  { name: 'read the environment of any process', ...reading('/proc/[0-9]*/environ'), strict: HELD, control: true },
  {
    name: 'read the passwords of the machine',
    ...calling('grep -q root: /etc/shadow', 'grep'),
    strict: HELD,
    control: 'root',
  },
  { name: 'find a variable of the caller', ...calling('env | grep -q secret', 'env'), strict: HELD },
  {
    // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1): where all that is there could be read.
    name: 'reach the keys of the session of the caller',
    ...pythonAttempt(
      [
        'import ctypes, platform',
        'keyctl = {"x86_64": 250}.get(platform.machine(), 219)',
        'raise SystemExit(ctypes.CDLL(None).syscall(keyctl, 0, -3, 1) < 0)',
      ].join('\n'),
    ),
    strict: HELD,
    control: true,
  },
  {
    name: 'read a file that the caller has open',
    ...pythonAttempt(
      [
        'import os',
        'def text(fd):',
        '  try: return os.pread(fd, 99, 0)',
        '  except OSError: return b""',
        'raise SystemExit(not any(b"secret" in text(fd) for fd in range(0, 300)))',
      ].join('\n'),
    ),
    strict: HELD,
  },
];

const WRITING: readonly Escape[] = [
  { name: 'write to the home of the user', ...writing('"$HOST_HOME/harmed"'), strict: HELD, control: true },
  { name: 'write to a directory for everybody', ...writing('"$HOST_TMP/harmed"'), strict: HELD, control: true },
  { name: 'write beside its build directory', ...writing('/build/harmed'), strict: HELD },
  { name: 'write to the root', ...writing('/harmed'), strict: HELD },
  { name: 'write among devices', ...writing('/dev/harmed'), strict: HELD },
  {
    // Root's files are root's also for one without any capability. What is written is what is there.
    name: 'change the settings of the kernel',
    ...calling('(cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern)', 'cat'),
    strict: HELD,
  },
  {
    name: 'ask the kernel to watch the pressure on the machine',
    ...calling('(: >> /proc/pressure/cpu)', 'cat'),
    strict: HELD,
  },
  { name: 'change accounts', ...writing('/etc/passwd'), strict: HELD },
  {
    name: 'change a tool through its name',
    ...writing('/build/tools/mytool'),
    strict: HELD,
    declared: { tools: ['mytool'] },
  },
  {
    name: 'change a tool where it is',
    ...writing('"$TOOL"'),
    strict: HELD,
    declared: { tools: ['mytool'] },
  },
  {
    name: 'change the inputs on this machine',
    script: 'echo harm > src/a; echo harm > src/new; cat src/a > "$OUT/x"',
    declared: { tools: ['cat'] },
    strict: ['644 x'],
  },
  { name: 'make a device', ...calling('mknod "$TMPDIR/null" c 1 3', 'mknod'), strict: HELD, control: 'root' },
];

const PRIVILEGES: readonly Escape[] = [
  { name: 'mount', ...calling('mount -t tmpfs none "$TMPDIR"', 'mount'), strict: HELD },
  { name: 'mount in a namespace of its own', ...calling('unshare -Urm true', 'unshare'), strict: HELD },
  { name: 'signal processes outside', ...calling('kill -0 "$HOST_PID"', 'true'), strict: HELD, control: true },
  { name: 'trace processes outside', ...pythonAttempt(ptrace('int(os.environ["HOST_PID"])')), strict: HELD },
  {
    name: 'become root',
    ...calling('setpriv --reuid 0 --clear-groups true', 'setpriv'),
    strict: HELD,
    control: 'root',
  },
  {
    name: 'gain privileges through a setuid program',
    ...calling('! grep -q "^NoNewPrivs:.*1$" /proc/self/status', 'grep'),
    strict: HELD,
    control: true,
  },
  {
    name: 'hold capabilities',
    ...calling('! grep -q "^CapBnd:.*0000000000000000$" /proc/self/status', 'grep'),
    strict: HELD,
    control: true,
  },
  {
    name: 'type into the terminal of the caller',
    ...pythonAttempt('import fcntl, termios\nfcntl.ioctl(open("/dev/tty"), termios.TIOCSTI, b"x")'),
    strict: HELD,
  },
];

/** A condition that holds so many times: what goes wrong here must not take the machine with it. */
const counting = (times: number): string => `i=$((\${i:-0}+1)); [ $i -le ${times} ]`;

const limit = (name: string) => ({ code: 'artifact-limit', message: new RegExp(name) });

const RESOURCES: readonly Escape[] = [
  {
    name: 'survive as a daemon',
    script: 'setsid sh -c "sleep 86391" > /dev/null 2>&1 & setsid -f sleep 86391; echo > "$OUT/x"',
    declared: { tools: ['setsid', 'sleep'] },
    strict: ['644 x'],
  },
  {
    name: 'change its output after its end',
    script:
      '(while :; do echo more >> "$OUT/x"; done) > /dev/null 2>&1 & while ! test -s "$OUT/x"; do :; done; echo > "$OUT/y"',
    strict: ['644 x', '644 y'],
  },
  {
    name: 'start more and more processes',
    script: `(while ${counting(400)}; do sleep 86391 & done) || :; exec sleep 86391`,
    declared: { tools: ['sleep'], limits: { processes: 100 } },
    strict: limit('processes and threads than its limit of 100$'),
  },
  {
    name: 'double its processes again and again',
    script:
      'bomb() { [ $1 -eq 0 ] || { bomb $(($1-1)) | bomb $(($1-1)) & }; sleep 86391; }; (bomb 7) || :; exec sleep 86391',
    declared: { tools: ['sleep'], limits: { processes: 100 } },
    strict: limit('processes and threads than its limit of 100$'),
  },
  {
    name: 'take memory without end',
    script: 'python3 -c "x = []\nfor _ in range(200): x.append(bytearray(10_000_000))"',
    declared: { tools: [python], limits: { memory: 100_000_000 } },
    strict: limit('memory than its limit of 100MB$|exited with status'),
  },
  {
    name: 'take memory in many processes',
    script:
      'for i in 1 2 3 4 5 6 7 8; do python3 -c "import time\nx = bytearray(30_000_000)\nx[::4096] = b\'x\' * len(x[::4096])\ntime.sleep(99)" & done; wait',
    declared: { tools: [python], limits: { memory: 100_000_000 } },
    strict: limit('memory than its limit of 100MB$'),
  },
  {
    name: 'fill the disk with one file',
    script: 'cat /dev/zero > "$TMPDIR/x"',
    declared: { tools: ['cat'], limits: { output: 1_000_000 } },
    strict: limit('wrote more than its limit of 1MB$'),
  },
  {
    name: 'fill the disk with many files',
    script: `while ${counting(10_000)}; do head -c 100000 /dev/zero > "$HOME/$i"; done`,
    declared: { tools: ['head'], limits: { output: 1_000_000 } },
    strict: limit('wrote more than its limit of 1MB$'),
  },
  {
    name: 'fill the log',
    script: `while ${counting(1_000_000)}; do echo line; done`,
    declared: { limits: { log: 100_000 } },
    strict: limit('said more than its limit of 100kB$'),
  },
  {
    name: 'never end',
    script: 'trap "" TERM INT HUP; while :; do sleep 86391; done',
    declared: { tools: ['sleep'], limits: { time: 1 } },
    strict: limit('took longer than its limit of 1s$'),
  },
  { name: 'end by a signal', script: 'kill -KILL $$', strict: { code: 'artifact-failed', message: /SIGKILL/ } },
];

const bad = (message: RegExp) => ({ code: 'artifact-output', message });
const making = (line: string, ...tools: string[]) => ({ script: line, declared: { tools } });

const OUTPUT: readonly Escape[] = [
  { name: 'link out of its output', ...making('ln -s ../../etc "$OUT/l"', 'ln'), strict: bad(/"l" that leads out/) },
  {
    name: 'link into the build directory',
    ...making('ln -s /build/in "$OUT/l"', 'ln'),
    strict: bad(/"l" into the build/),
  },
  {
    name: 'make tbuild follow its links',
    ...making('ln -s "$HOST_HOME/.ssh" "$OUT/abs"; ln -s nothing "$OUT/dangling"', 'ln'),
    strict: ['abs -> $HOST_HOME/.ssh', 'dangling -> nothing'],
  },
  {
    name: 'share a file with its inputs',
    ...making('ln src/a "$OUT/a" 2>/dev/null || cp src/a "$OUT/a"; echo harm > "$OUT/a"', 'ln', 'cp'),
    strict: ['644 a'],
  },
  { name: 'leave a fifo', ...making('mkfifo "$OUT/p"', 'mkfifo'), strict: bad(/socket, fifo or device/) },
  {
    name: 'leave a socket',
    script: `python3 -c "import socket, os; socket.socket(socket.AF_UNIX).bind(os.environ['OUT'] + '/s')"`,
    declared: { tools: [python] },
    strict: bad(/socket, fifo or device/),
  },
  {
    name: 'copy a device',
    ...making('cp -R /dev/null "$OUT/null"', 'cp'),
    strict: { code: 'artifact-failed', message: /status 1$/ },
  },
  {
    name: 'leave a setuid program',
    ...making('cp src/a "$OUT/a"; chmod 6755 "$OUT/a"', 'cp', 'chmod'),
    strict: ['755 a'],
  },
  { name: 'leave what all can write', ...making('echo > "$OUT/a"; chmod 666 "$OUT/a"', 'chmod'), strict: ['644 a'] },
  {
    name: 'make tbuild read a terabyte of nothing',
    ...making('truncate -s 1T "$OUT/x"', 'truncate'),
    strict: limit('wrote more than its limit of 10GiB$'),
  },
  {
    name: 'leave a name that is not UTF-8',
    script: 'echo > "$OUT/$(printf "\\377")"',
    strict: bad(/"\$OUT\/\\xff" is not UTF-8/),
  },
  {
    name: 'leave a directory that cannot be read',
    ...making('mkdir "$OUT/d"; echo > "$OUT/d/x"; chmod 0 "$OUT/d"', 'mkdir', 'chmod'),
    strict: bad(/(Cannot read "\$OUT\/d"|"d", which its owner may not read)/),
  },
  { name: 'leave nothing', script: 'true', strict: bad(/is empty$/) },
  {
    name: 'put a link in the place of its output',
    ...making('rmdir "$OUT" 2>/dev/null && ln -s / "$OUT"', 'rmdir', 'ln'),
    strict: { code: 'artifact-failed', message: /status 1$/ },
  },
];

/** What commands have been seen to try, or could. */
export const ESCAPES: readonly Escape[] = [...NETWORK, ...READING, ...WRITING, ...PRIVILEGES, ...RESOURCES, ...OUTPUT];
