import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lockSchema, parseLock, renderLock } from '../../src/lock/index.js';
import { jsonSchema } from '../../src/operations/index.js';
import { root } from '../support/root.js';
import { FILE, fullLock, locks } from './support.js';

type Part = Readonly<Record<string, unknown>>;
/** A lock that can become anything. */
type Draft = ReturnType<typeof JSON.parse>;

const published = JSON.parse(readFileSync(join(root, 'schema/lock.schema.json'), 'utf8'));
const leniency = { strictTypes: false, strictRequired: false, strictTuples: false };
const validate = new Ajv2020({ strict: true, ...leniency }).compile(published);

/** Whether the schema and tbuild take the text; they have to agree. */
function isTaken(text: string): boolean {
  const byDocument = validate(JSON.parse(text));
  const byCode = (() => {
    try {
      return parseLock(Buffer.from(text), { file: FILE }) !== undefined;
    } catch {
      return false;
    }
  })();
  expect({ byDocument, errors: byCode ? validate.errors : null }).toEqual({ byDocument: byCode, errors: null });
  return byCode;
}

describe('schema/lock.schema.json', () => {
  it('is what tbuild gives, and what packages can import', () => {
    expect(lockSchema).toEqual(published);
    expect(jsonSchema('lock')).toBe(lockSchema);
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(exports['./schema/lock.schema.json']).toBe('./schema/lock.schema.json');
  });

  it('describes every member', () => {
    const silent: string[] = [];
    let count = 0;
    const visit = (part: Part, at: string): void => {
      count++;
      if (part.description === undefined && part.$ref === undefined) silent.push(at);
      const { properties, $defs, prefixItems, oneOf, items, additionalProperties } = part;
      const members = { ...(properties as Part), ...($defs as Part), ...(prefixItems as Part), ...(oneOf as Part) };
      for (const [name, member] of Object.entries({ ...members, items, additionalProperties })) {
        if (typeof member === 'object' && member !== null) visit(member as Part, `${at}/${name}`);
      }
    };
    visit(lockSchema as Part, '#');
    expect(count).toBeGreaterThan(40);
    expect(silent).toEqual([]);
  });

  it('takes whatever tbuild writes', () => {
    fc.assert(
      fc.property(locks, (lock) => {
        expect(isTaken(Buffer.from(renderLock(lock)).toString())).toBe(true);
      }),
    );
  });

  const amd64 = (lock: Draft) => lock.platforms['linux/amd64'];
  const nginx = (lock: Draft) => amd64(lock).debian.packages.packages[1];
  it.each<[name: string, edit: (lock: Draft) => void]>([
    ['another version', (it) => (it.version = 2)],
    ['another format', (it) => (it.format = 2)],
    ['no fetches', (it) => delete it.fetches],
    ['a member that is not known', (it) => (it.more = 1)],
    ['a platform that is none', (it) => (it.platforms.linux = { images: {}, debian: {} })],
    ['a platform without images', (it) => delete amd64(it).images],
    ['a URL of a file', (it) => (it.fetches['file:///a'] = it.fetches['https://example.com/b'])],
    ['a short digest', (it) => (it.fetches['https://example.com/b'].digest = 'sha256:12')],
    ['a negative size', (it) => (it.fetches['https://example.com/b'].size = -1)],
    ['a size in a text', (it) => (it.fetches['https://example.com/b'].size = '1')],
    ['a reference of a file', (it) => (amd64(it).base.reference = 'oci:a')],
    ['no config', (it) => delete amd64(it).base.config],
    ['no media type', (it) => (amd64(it).base.config.mediaType = '')],
    ['an absolute path', (it) => (amd64(it).base.tree['/etc'] = null)],
    ['an unknown kind', (it) => (amd64(it).base.tree.x = ['socket', '0755', '0:0'])],
    ['a mode in a number', (it) => (amd64(it).base.tree.x = ['directory', 755, '0:0'])],
    ['a first layer with a number', (it) => (amd64(it).debian['a#1'] = amd64(it).debian['packages#2'])],
    ['a package in upper case', (it) => (nginx(it).name = 'Nginx')],
    ['a package without version', (it) => delete nginx(it).version],
    ['an absolute path of a package', (it) => (nginx(it).path = '/etc/passwd')],
    ['an artifact without name', (it) => (amd64(it).artifacts[''] = amd64(it).artifacts.deps)],
    ['an artifact without output', (it) => delete amd64(it).artifacts.deps.output],
    ['an artifact with a path', (it) => (amd64(it).artifacts.deps.path = '/x')],
    ['a package with more', (it) => (nginx(it).url = 'x')],
  ])('refuses as tbuild does: %s', (_, edit) => {
    const lock = JSON.parse(Buffer.from(renderLock(fullLock)).toString());
    expect(isTaken(JSON.stringify(lock))).toBe(true);
    edit(lock);
    expect(isTaken(JSON.stringify(lock))).toBe(false);
  });
});
