import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf } from '../run.js';

/** PEM and where it is. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate authority of one test. */
export interface TestAuthority extends Certificate {
  /** Good for `127.0.0.1` and `localhost` unless named otherwise. */
  issue(name: string, subjectNames?: readonly string[]): Promise<Certificate>;
  /** A directory as in `certs.d`: `ca.crt`, and where given `client.cert` and `client.key`. */
  writeCertsD(directory: string, client?: Certificate): string;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function read(directory: string, name: string): Certificate {
  const certificateFile = join(directory, `${name}.crt`);
  const keyFile = join(directory, `${name}.key`);
  const text = (file: string) => readFileSync(file, 'utf8');
  return { certificate: text(certificateFile), key: text(keyFile), certificateFile, keyFile };
}

async function issue(directory: string, name: string, subjectNames: readonly string[]): Promise<Certificate> {
  const file = (end: string) => join(directory, `${name}.${end}`);
  await outputOf('openssl', ['req', ...KEY, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${name}`]);
  writeFileSync(file('ext'), `subjectAltName=${subjectNames.join(',')}\nbasicConstraints=CA:FALSE\n`);
  const authority = ['-CA', join(directory, 'ca.crt'), '-CAkey', join(directory, 'ca.key'), '-CAcreateserial'];
  const output = ['-out', file('crt'), '-extfile', file('ext'), '-days', '2'];
  await outputOf('openssl', ['x509', '-req', '-in', file('csr'), ...authority, ...output]);
  return read(directory, name);
}

/** Makes an authority with openssl in a directory, which must be there. */
export async function makeAuthority(directory: string): Promise<TestAuthority> {
  const file = (end: string) => join(directory, `ca.${end}`);
  const output = ['-keyout', file('key'), '-out', file('crt'), '-days', '2', '-subj', '/CN=test authority'];
  await outputOf('openssl', ['req', '-x509', ...KEY, ...output]);
  return {
    ...read(directory, 'ca'),
    issue: (name, subjectNames = ['DNS:localhost', 'IP:127.0.0.1']) => issue(directory, name, subjectNames),
    writeCertsD(target, client) {
      mkdirSync(target, { recursive: true });
      writeFileSync(join(target, 'ca.crt'), readFileSync(file('crt')));
      if (client !== undefined) {
        writeFileSync(join(target, 'client.cert'), client.certificate);
        writeFileSync(join(target, 'client.key'), client.key);
      }
      return target;
    },
  };
}
