/** What the table says about one error code. */
export interface CodeFacts {
  /** Process exit status (see `ExitStatus`). */
  readonly exit: number;
  /** One line for people: the class of the failure, without its particulars. */
  readonly summary: string;
}

/** Exit statuses of the `tbuild` command; scripts depend on them. */
export const ExitStatus = {
  done: 0,
  failed: 1,
  changesPending: 2,
  notReproducible: 3,
  pinMismatch: 4,
  artifactFailed: 5,
  usage: 64,
  invalidManifest: 65,
  unavailable: 69,
  notAuthorised: 77,
} as const;

const failed = (summary: string): CodeFacts => ({ exit: ExitStatus.failed, summary });
const invalid = (summary: string): CodeFacts => ({ exit: ExitStatus.invalidManifest, summary });
const mismatch = (summary: string): CodeFacts => ({ exit: ExitStatus.pinMismatch, summary });

/**
 * Every error code tbuild can report. A code is part of the public interface: scripts match on it,
 * so it is never renamed and never reused for something else.
 */
export const CODES = {
  // usage
  usage: { exit: ExitStatus.usage, summary: 'The command line is not valid' },

  'environment-invalid': { exit: ExitStatus.usage, summary: 'An environment variable is not valid' },

  // image.yaml as a file
  'manifest-missing': invalid('The manifest cannot be found'),
  'manifest-unreadable': invalid('The manifest cannot be read'),
  'manifest-too-large': invalid('The manifest is too large'),
  'manifest-encoding': invalid('The manifest is not UTF-8 text'),
  // image.yaml as YAML
  'yaml-syntax': invalid('The manifest is not valid YAML'),
  'yaml-too-deep': invalid('The manifest is nested too deeply'),
  'yaml-alias': invalid('The manifest uses a YAML alias'),
  'yaml-tag': invalid('The manifest uses a YAML tag'),
  'yaml-duplicate-key': invalid('A key is written twice'),
  'yaml-many-documents': invalid('The manifest holds more than one YAML document'),
  // image.yaml as a manifest
  'manifest-invalid': invalid('The manifest has problems'),
  'manifest-empty': invalid('The manifest is empty'),
  'manifest-unknown-key': invalid('A key is not known'),
  'manifest-missing-key': invalid('A required key is missing'),
  'manifest-wrong-type': invalid('A value has the wrong type'),
  'manifest-wrong-value': invalid('A value is not allowed'),
  'manifest-version': invalid('The manifest version is not supported'),
  'manifest-undefined-variable': invalid('A variable is not defined'),
  'manifest-not-supported': invalid('A feature is not supported yet'),
  'manifest-reference': invalid('A name does not refer to anything'),
  'manifest-duplicate': invalid('A name is used twice'),
  'manifest-cycle': invalid('Things need each other in a circle'),

  'created-unknown': failed('The time of the image is not known'),

  // inputs
  'input-missing': failed('An input does not exist'),
  'input-empty': failed('An input selects nothing'),
  'input-unreadable': failed('An input cannot be read'),
  'input-kind': failed('An input is of a kind that an image cannot hold'),
  'input-name': failed('An input has a name that an image cannot hold'),
  'input-changed': failed('An input changed while it was read'),
  'input-limit': failed('An input is beyond a limit'),
  'path-clash': failed('Two inputs claim the same path'),
  'path-conflict': failed('A path cannot be created where it is asked'),

  'input-mismatch': mismatch('An input does not match its pin'),
  'input-denied': { exit: ExitStatus.notAuthorised, summary: 'A server denies access to an input' },
  'secret-missing': failed('A secret is not set'),
  'pin-missing': mismatch('The lock lacks a pin'),
  'pin-stale': mismatch('A pin is not for what is asked for now'),
  'lock-invalid': invalid('The lock is not valid'),
  'lock-unreadable': invalid('The lock cannot be read'),
  'lock-failed': failed('The lock cannot be written'),

  // Debian packages
  'signature-invalid': mismatch('A signature is not valid, or not valid any more'),
  'release-invalid': failed('An index of packages is not valid'),
  'package-missing': failed('A package cannot be found'),
  'package-conflict': failed('Packages cannot be installed together'),
  'deb-invalid': failed('A Debian package is not valid'),

  // what programs need
  'closure-missing': failed('Something that a program needs cannot be found'),
  'elf-invalid': failed('A program cannot be understood'),

  // accounts and certificates
  'account-conflict': failed('Accounts contradict each other'),
  'certificate-invalid': failed('A certificate is not valid'),

  // artifacts
  'artifact-failed': { exit: ExitStatus.artifactFailed, summary: "An artifact's command failed" },
  'artifact-output': { exit: ExitStatus.artifactFailed, summary: "An artifact's output is not usable" },
  'artifact-tool': { exit: ExitStatus.artifactFailed, summary: 'A tool is not installed' },
  'artifact-limit': { exit: ExitStatus.artifactFailed, summary: "An artifact's command went beyond a limit" },
  'sandbox-unavailable': { exit: ExitStatus.artifactFailed, summary: 'The sandbox that is asked for cannot be had' },

  // saved plans, records, assertions, containers
  'plan-invalid': invalid('A saved plan is not valid'),
  'plan-stale': mismatch('A saved plan is not for what is there now'),
  'record-missing': failed('An image has no record of how it was built'),
  'record-invalid': failed('The record of an image is not valid'),
  'assertion-failed': failed('The image is not as image.yaml asserts'),
  'runtime-missing': failed('There is no program that runs containers'),
  'runtime-failed': failed('A container cannot be run'),

  // base, images, archives
  'base-missing': failed('The base image cannot be found'),
  'base-platform': failed('The base image lacks a platform'),
  'image-invalid': failed('An image is not valid'),
  'image-missing': failed('An image cannot be found'),
  'reference-invalid': { exit: ExitStatus.usage, summary: 'An image reference is not valid' },
  'digest-invalid': failed('A digest is not valid'),
  'archive-ambiguous': failed('An archive can be read in more than one way'),
  'archive-limit': failed('An archive is beyond a limit'),
  'compression-invalid': failed('Compressed data is damaged'),
  'compression-limit': failed('Compressed data is beyond a limit'),
  'blob-mismatch': mismatch('Content does not match its digest'),
  'blob-missing': failed('Content is missing'),
  'tag-moved': mismatch('A tag names another image than it should'),

  // servers and registries
  'server-unavailable': { exit: ExitStatus.unavailable, summary: 'A server cannot be reached, or does not answer' },
  'server-invalid': failed('An answer of a server breaks its protocol'),
  'registry-unauthorised': { exit: ExitStatus.notAuthorised, summary: 'A registry denies access' },
  'registry-refused': failed('A registry refuses a request'),
  'credentials-invalid': failed('A file with credentials is not valid'),
  'credentials-failed': failed('Credentials cannot be stored or removed'),
  'network-settings-invalid': failed('A setting for the network is not valid'),

  // the docker daemon
  'daemon-unavailable': { exit: ExitStatus.unavailable, summary: 'The docker daemon cannot be reached' },

  // results
  'not-reproducible': { exit: ExitStatus.notReproducible, summary: 'The rebuilt image is not the expected one' },
  'nothing-to-verify': failed('There is nothing to compare with'),
  'destination-failed': failed('The image cannot be written'),

  // the machine
  'output-failed': failed('The result cannot be written'),
  'cache-busy': failed('The cache is in use'),
  'cache-damaged': failed('The cache is damaged'),
  'cache-failed': failed('The cache cannot be used'),
  interrupted: failed('Interrupted'),
} as const satisfies Readonly<Record<string, CodeFacts>>;

export type ErrorCode = keyof typeof CODES;
