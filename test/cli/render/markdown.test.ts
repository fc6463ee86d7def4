import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, escaped, fenced, htmlCode } from '../../../src/cli/render/markdown/escape.js';
import { renderPlanMarkdown } from '../../../src/cli/render/markdown/plan-markdown.js';
import type { PlannedImage } from '../../../src/operations/index.js';
import { root } from '../../support/root.js';
import {
  fakeDigest,
  layer,
  motdAdded,
  place,
  plan,
  planned,
  planOfOne,
  planSet,
  platformPlan,
  serverChanged,
  unchangedPlan,
} from '../support/plans.js';

const GITHUB_LIMIT = 65_536;
const goldens = join(root, 'test', 'cli', 'render', 'comments');

const appChanged = layer('app', {
  status: 'changed',
  changes: [serverChanged, { ...motdAdded, change: 'removed' }, motdAdded],
  cause: serverChanged.cause,
});

function changed(file: string, more: Partial<PlannedImage> = {}): PlannedImage {
  const value = plan({ file, platforms: [platformPlan({ layers: [appChanged] })], summary: { layersToBuild: 1 } });
  return planned(file, { plan: value, ...more });
}

const unchanged = (file: string) => planned(file, { plan: { ...unchangedPlan, file } });

describe('text in Markdown', () => {
  it.each([
    ['plain words', 'cmd/server/main.go changed', 'cmd/server/main.go changed'],
    ['what is plain between words', 'x86_64-linux: b:c + d = (e)', 'x86_64-linux: b:c + d = (e)'],
    ['a table cell', 'a|b', 'a&#124;b'],
    ['emphasis', '**bold** _it_', '&#42;&#42;bold&#42;&#42; &#95;it&#95;'],
    ['a code span', '`a`', '&#96;a&#96;'],
    ['a tag', '<img src=x>', '&#60;img src=x&#62;'],
    ['an entity', '&lt;', '&#38;&#8203;lt;'],
    ['a link', '[a](b)', '&#91;a&#93;(b)'],
    ['an address', 'https://a.example', 'https&#58;//a.example'],
    ['a mention', 'node_modules/@babel/core', 'node_modules/&#64;&#8203;babel/core'],
    ['a reference', 'see #12 and !3', 'see &#35;&#8203;12 and &#33;&#8203;3'],
    ['a reference by letters', 'GH-12', 'GH-&#8203;12'],
    ['emoji', 'a:smile: :+1:', 'a:&#8203;smile: :&#8203;+1:'],
    ['a host', 'www.a.example', 'www&#46;a.example'],
    ['lines', 'a\n# b', 'a&#92;n&#35; b'],
    ['escape codes', '\x1b[2J', '&#92;x1b&#91;2J'],
  ])('stands for itself: %s', (_, given, expected) => {
    expect(escaped(given)).toBe(expected);
  });

  it.each([
    ['a path', '/usr/bin/server', '`/usr/bin/server`'],
    ['what would format', '*a* <b> @c', '`*a* <b> @c`'],
    ['a backtick', 'a`b', '<code>a&#96;b</code>'],
    ['a bar', 'a|b@c', '<code>a&#124;b&#64;&#8203;c</code>'],
    ['a backslash at the end', 'a\\', '<code>a&#92;</code>'],
    ['blanks around it', ' a ', '<code> a </code>'],
    ['nothing', '', '<code></code>'],
    ['lines', 'a\nb', '`a\\nb`'],
  ])('is code, whatever it is: %s', (_, given, expected) => {
    expect(code(given)).toBe(expected);
  });

  it('holds nothing that is active, whatever it is made of', () => {
    const active = fc.string({ unit: fc.constantFrom(...'@#!&|`*_<>[]()~$^\\\n\r aZ1-:.=/'), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(active, fc.string()), (given) => {
        for (const text of [escaped(given), htmlCode(given).replace(/^<code>|<\/code>$/g, '')]) {
          expect(text.replace(/&#\d+;/g, '')).not.toMatch(/[|`*<>[\]{}~$^%\\\n@#!&]/);
        }
        expect(code(given)).not.toMatch(/[|\n]/);
      }),
    );
  });

  it('cannot end a block of code', () => {
    const lines = ['````', '```', '</details>'];
    expect(fenced(lines, 'diff').split('\n')).toEqual(['`````diff', ...lines, '`````']);
    expect(fenced(['a'], 'diff')).toBe('```diff\na\n```');
  });
});

describe('plans as a comment on a pull request', () => {
  it.each([
    ['one', planOfOne(plan({ platforms: [platformPlan({ layers: [appChanged] })], summary: { layersToBuild: 1 } }))],
    ['nothing', planOfOne(unchangedPlan)],
    ['nothing-of-many', planSet([unchanged('a/image.yaml'), unchanged('b/image.yaml')])],
    [
      'many',
      planSet([
        changed('base/image.yaml', { role: 'base' }),
        changed('app/image.yaml', { needs: ['base/image.yaml'] }),
        planned('new/image.yaml', {
          plan: plan({
            file: 'new/image.yaml',
            name: null,
            digest: null,
            previous: null,
            platforms: [
              platformPlan({
                digest: null,
                previousDigest: null,
                base: null,
                artifacts: [
                  {
                    name: 'a',
                    status: 'runs',
                    key: null,
                    sandbox: { level: 'relaxed', reason: 'no bwrap' },
                    changes: [],
                  },
                ],
                layers: [
                  layer('a', { status: 'unknown', digest: null, cause: { text: 'known after apply', at: place(9) } }),
                ],
              }),
            ],
            warnings: [{ message: 'the tag moved', at: place(3) }],
            summary: { artifactsToRun: 1, layersToBuild: 1 },
          }),
        }),
        unchanged('z/image.yaml'),
      ]),
    ],
    [
      'hostile',
      planSet([
        changed('a|b`c/<img src=x>.yaml'),
        planned('@all #1\n</details>', {
          plan: plan({
            name: '`|@all',
            file: '@all #1\n</details>',
            platforms: [
              platformPlan({
                layers: [
                  layer('```', {
                    status: 'changed',
                    changes: [{ ...motdAdded, path: '/``` </details>\n@all' }],
                    cause: { text: '@all **see** <b>#1</b> | x', at: { ...place(1), file: '`@all`' } },
                  }),
                ],
              }),
            ],
          }),
        }),
      ]),
    ],
  ])('are as they were: %s', async (name, set) => {
    await expect(renderPlanMarkdown(set)).toMatchFileSnapshot(join(goldens, `${name}.md`));
  });

  it('are as short as GitHub takes them, and say what is left out', () => {
    const changes = Array.from({ length: 11 }, (_, i) => ({ ...motdAdded, path: `/${'d'.repeat(300)}/${i}` }));
    const value = plan({ platforms: [platformPlan({ layers: [layer('app', { status: 'changed', changes })] })] });
    const images = Array.from({ length: 40 }, (_, i) => planned(`images/${i}/image.yaml`, { plan: value }));
    const text = renderPlanMarkdown(planSet(images));
    expect(text.length).toBeLessThan(GITHUB_LIMIT);
    expect(text.length).toBeGreaterThan(60_000);
    expect(text).toMatch(/\n… and \d+ more lines\n```\n\n<\/details>/);
    expect(text).toMatch(
      /\n\*\*Cut to the length of a comment\.\*\* Left out: the details of \d+ images, \d+ lines of details\. `tbuild plan` shows everything\.\n$/,
    );
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)!.length);
  });

  it('leave out rows of a table that is too long by itself', () => {
    const images = Array.from({ length: 3000 }, (_, i) => planned(`images/${i}/image.yaml`));
    const text = renderPlanMarkdown(planSet(images));
    expect(text.length).toBeLessThan(GITHUB_LIMIT);
    expect(text).toMatch(/Left out: \d+ rows of the table, the details of 3000 images\./);
  });

  it('are the same text for the same plans, and have no colour', () => {
    const set = planSet([changed('a/image.yaml'), unchanged('b/image.yaml')]);
    expect(renderPlanMarkdown(set)).toBe(renderPlanMarkdown(structuredClone(set)));
    expect(renderPlanMarkdown(set)).not.toContain('\x1b');
    expect(renderPlanMarkdown(set)).toContain(fakeDigest('9'));
  });
});
