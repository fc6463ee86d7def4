import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import { errnoOf, type Host, type HttpTls, reasonOf } from '../host/index.js';
import { compareUtf8, lazy } from '../util/index.js';
import type { NetworkSettings } from './network.js';

const LIMIT_BYTES = 8 * 1024 * 1024;
/** Where systems keep all authorities that they trust: Debian, Fedora, RHEL, SUSE, Alpine and BSD. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

type Client = NonNullable<HttpTls['client']>;
interface Found {
  readonly authorities: readonly string[];
  readonly client: Client | undefined;
}

function unusable(path: string, reason: string, cause?: unknown): TbuildError {
  return fail('network-settings-invalid', { message: `Cannot use ${JSON.stringify(path)}: ${reason}`, cause });
}

function read(host: Host, path: string): Uint8Array {
  try {
    return host.files.readFile(path, LIMIT_BYTES);
  } catch (error) {
    throw unusable(path, reasonOf(error), error);
  }
}

/** Every certificate of a file: PEM, or one in DER. */
function parseCertificates(path: string, bytes: Uint8Array): readonly string[] {
  const found = Buffer.from(bytes).toString('latin1').match(PEM_CERTIFICATE);
  try {
    return (found ?? [bytes]).map((text) => new X509Certificate(text).toString());
  } catch (error) {
    throw unusable(path, 'it holds no valid certificate', error);
  }
}

function readClient(host: Host, stem: string): Client {
  const chain = parseCertificates(`${stem}.cert`, read(host, `${stem}.cert`));
  const key = Buffer.from(read(host, `${stem}.key`)).toString('latin1');
  try {
    const isOfKey = new X509Certificate(chain[0]!).checkPrivateKey(createPrivateKey(key));
    if (isOfKey) return { certificate: chain.join('\n'), key };
  } catch (error) {
    throw unusable(`${stem}.key`, 'it holds no usable private key', error);
  }
  throw unusable(`${stem}.key`, `it is not the key of ${JSON.stringify(`${stem}.cert`)}`);
}

function namesIn(host: Host, directory: string, isAsked: boolean): readonly string[] {
  try {
    if (host.files.stat(directory)?.kind !== 'directory') {
      if (isAsked) throw unusable(directory, 'it is no directory');
      return [];
    }
    return host.files
      .readDirectory(directory)
      .map(({ bytes }) => Buffer.from(bytes).toString())
      .sort(compareUtf8);
  } catch (error) {
    // What another user may not see is not meant for this one.
    if (!isAsked && errnoOf(error) === 'EACCES') return [];
    throw errnoOf(error) === undefined ? error : unusable(directory, reasonOf(error), error);
  }
}

/** `*.crt` are authorities, `*.cert` with the `*.key` of the same name identify the client: dockerd's certs.d. */
function readDirectory(host: Host, directory: string, isAsked: boolean): Found {
  const names = namesIn(host, directory, isAsked);
  const withEnding = (ending: string): readonly string[] => names.filter((name) => name.endsWith(ending));
  const authorities = withEnding('.crt').flatMap((name) => {
    const path = join(directory, name);
    return parseCertificates(path, read(host, path));
  });
  const stems = withEnding('.cert').map((name) => name.slice(0, -'.cert'.length));
  const lonely = stems.find((stem) => !names.includes(`${stem}.key`));
  if (lonely !== undefined)
    throw unusable(join(directory, `${lonely}.cert`), `there is no ${JSON.stringify(`${lonely}.key`)} beside it`);
  return { authorities, client: stems[0] === undefined ? undefined : readClient(host, join(directory, stems[0])) };
}

/** Directories for one host, the nearest to the user first. */
export function certificateDirectories(host: Host, url: URL): readonly string[] {
  const home = host.env.homeDirectory;
  const config = host.env.variable('XDG_CONFIG_HOME') ?? join(home, '.config');
  const names = url.port === '' ? [url.host, `${url.host}:443`] : [url.host];
  return [
    join(config, 'containers/certs.d'),
    join(config, 'docker/certs.d'),
    join(home, '.docker/certs.d'),
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
  ].flatMap((directory) => names.map((name) => join(directory, name)));
}

/** Authorities for every host. SSL_CERT_FILE takes the place of the system's, as in OpenSSL. */
function readCommonAuthorities(host: Host): readonly string[] {
  const { env, files } = host;
  const isFile = (path: string): boolean => files.stat(path)?.kind === 'file';
  const directories = (env.variable('SSL_CERT_DIR') ?? '').split(':').filter((path) => path !== '');
  const paths = [
    env.variable('NODE_EXTRA_CA_CERTS'),
    env.variable('SSL_CERT_FILE') ?? SYSTEM_BUNDLES.find(isFile),
    ...directories.flatMap((at) =>
      namesIn(host, at, false)
        .map((name) => join(at, name))
        .filter(isFile),
    ),
  ];
  const texts = paths.flatMap((path) =>
    path === undefined ? [] : (Buffer.from(read(host, path)).toString('latin1').match(PEM_CERTIFICATE) ?? []),
  );
  return [...new Set(texts)];
}

/**
 * What TLS to a URL uses. Files are read when they are first needed; hosts without any of their own share one object.
 * @returns a function that throws TbuildError `network-settings-invalid` where a file cannot be used
 */
export function openCertificates(host: Host, settings: NetworkSettings): (url: URL, verify: boolean) => HttpTls {
  const common = lazy((): HttpTls => ({ authorities: readCommonAuthorities(host), verify: true }));
  const asked = settings.certificateDirectory;
  return (url, verify) => {
    const own = certificateDirectories(host, url).map((directory) => readDirectory(host, directory, false));
    const found = asked === undefined ? own : [readDirectory(host, asked, true), ...own];
    const authorities = found.flatMap((item) => item.authorities);
    const client = found.find((item) => item.client !== undefined)?.client;
    if (verify && client === undefined && authorities.length === 0) return common();
    return {
      authorities: verify ? [...authorities, ...common().authorities] : [],
      verify,
      ...(client !== undefined && { client }),
    };
  };
}
