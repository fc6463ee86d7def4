import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference, type RegistryReference } from '../../src/oci/index.js';
import { type BuildEvent, listTags } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { warning } from '../support/registry/effects.js';
import { basicGuard } from '../support/registry/guards.js';
import { makeImage, putImage } from '../support/registry/images.js';
import { at } from '../support/registry/registry.js';
import { openRegistry, strangerWorkspace } from './registry-support.js';

const host = createNodeHost();

describe('tags', () => {
  it('are all of them, sorted by their bytes, over as many pages as there are', async () => {
    const registry = await openRegistry({ quirks: { pageSize: 2 } });
    putImage(registry.repository('a/b'), await makeImage(), 'v10', 'v2', 'V1', 'latest', '_');
    const { options } = strangerWorkspace({});
    const reference = parseReference(`docker://${registry.authority}/a/b:whatever`) as RegistryReference;
    expect(await listTags(host, { ...options, reference })).toEqual({
      repository: `${registry.authority}/a/b`,
      tags: ['V1', '_', 'latest', 'v10', 'v2'],
    });
  });

  it('are told with what the registry warns of, and how credentials were found, without showing them', async () => {
    const registry = await openRegistry({ guard: basicGuard({ alice: 's3cret' }) });
    putImage(registry.repository('a/b'), await makeImage(), '1');
    registry.faults.add(at.everything, warning('gone soon'));
    const { options, write } = strangerWorkspace({});
    const auth = Buffer.from('alice:s3cret').toString('base64');
    write('auth.json', JSON.stringify({ auths: { [registry.authority]: { auth } } }));
    const reference = parseReference(`docker://${registry.authority}/a/b`) as RegistryReference;
    const events: BuildEvent[] = [];
    await listTags(host, { ...options, reference, report: (event) => events.push(event) });
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([
      { kind: 'warning', message: expect.stringContaining('gone soon') },
    ]);
    const notes = events.flatMap((event) => (event.kind === 'auth-note' ? [event.message] : []));
    expect(notes.join('\n')).toContain('auth.json');
    expect(JSON.stringify(events)).not.toMatch(new RegExp(`s3cret|${auth}`));
  });

  it('are none where there is no repository', async () => {
    const registry = await openRegistry();
    const { options } = strangerWorkspace({});
    const reference = parseReference(`docker://${registry.authority}/a/b`) as RegistryReference;
    expect(await failureOf(listTags(host, { ...options, reference }))).toMatchObject({ code: 'image-missing' });
  });
});
