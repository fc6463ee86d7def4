import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { applyImage, planImage, verifyImage } from '../../src/operations/index.js';
import type { Plan } from '../../src/plan/index.js';
import { planSchema } from '../../src/plan/index.js';
import { applyBase, type Workspace, workspace } from './support.js';

const host = createNodeHost();
const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(planSchema as object);

const IMAGE = `version: 1
platforms: [linux/amd64]
base: oci:base
artifacts:
  tool:
    run: cat in.txt > "$OUT/tool"
    inputs: { include: [in.txt] }
    tools: [cat]
    env: { MODE: fast }
layers:
  - name: site
    contents:
      - files: site
        to: /srv
      - text: hello
        to: /etc/motd
      - symlink: /srv/a.txt
        to: /link
      - directory: /data
  - name: tool
    contents:
      - artifact: tool
        to: /bin
config:
  entrypoint: [/bin/tool]
  env: { PORT: "80" }
  user: "1"
  ports: [80/tcp]
  volumes: [/data]
  labels: { a: b }
annotations: { k: v }
`;
const BASE = `version: 1
platforms: [linux/amd64, linux/arm64]
base: scratch
layers: [{ name: root, contents: [{ text: "1", to: /etc/release }] }]
config: { env: { HOME: / } }
`;
const SITE_LAYER = IMAGE.slice(IMAGE.indexOf('  - name: site'), IMAGE.indexOf('  - name: tool'));
const TOOL_LAYER = IMAGE.slice(IMAGE.indexOf('  - name: tool'), IMAGE.indexOf('config:'));

async function applied(): Promise<Workspace> {
  const made = workspace({
    'image.yaml': IMAGE,
    'base.yaml': BASE,
    'in.txt': 'in',
    'site/a.txt': 'a',
    'site/sub/b.txt': 'b',
  });
  await applyBase(made);
  await applyImage(host, { ...made.request, destinations: [] });
  return made;
}

type Edit = (made: Workspace) => unknown;

const yaml =
  (...[from, to]: [string, string]): Edit =>
  ({ write }) => {
    if (!IMAGE.includes(from)) throw new Error(`nothing to replace: ${from}`);
    write('image.yaml', IMAGE.replace(from, to));
  };

/** Digests are those of what stands beside them. */
const withoutDigests = (line: string): string => line.replace(/sha256:[0-9a-f]+/g, 'sha256:…');

/** Everything that a plan says is not as before: what it is, its cause, and the line of image.yaml. */
function newsOf(plan: Plan): string[] {
  const at = ({ at: place, text }: { text: string; at?: { line: number } }) => `${text} @${place?.line ?? '-'}`;
  return [
    ...plan.removedPlatforms.map(({ platform }) => `platform removed ${platform}`),
    ...plan.platforms.flatMap(({ platform, previousDigest, base, removedBase, artifacts, layers, config }) => [
      ...(previousDigest === null ? [`platform added ${platform}`] : []),
      ...(base !== null && previousDigest !== null && base.digest !== base.previousDigest ? ['base changed'] : []),
      ...(removedBase === null ? [] : [`base removed ${removedBase.reference}`]),
      ...artifacts.flatMap(({ name, changes }) =>
        changes.map(({ change, what, before, after }) => `artifact ${name}: ${what} ${change}: ${before} → ${after}`),
      ),
      ...layers.flatMap(({ name, status, changes, cause }) => {
        if (status === 'same' || status === 'unknown' || previousDigest === null) return [];
        const entries = changes.map(
          (entry) => `${entry.change} ${entry.path} [${entry.differs.join(' ')}] ${at(entry.cause)}`,
        );
        return entries.length > 0 ? entries : [`layer ${name} ${status}: ${at(cause!)}`];
      }),
      ...config.map(
        ({ change, field, before, after, cause }) =>
          `${change} ${field} ${JSON.stringify(before)} ${JSON.stringify(after)} ${at(cause)}`,
      ),
    ]),
  ];
}

const CHANGES: readonly [name: string, edit: Edit, news: readonly string[]][] = [
  ['content', ({ write }) => write('site/a.txt', 'b'), ['changed /srv/a.txt [content] site/a.txt changed @13']],
  [
    'executable bit',
    ({ path }) => chmodSync(path('site/a.txt'), 0o755),
    ['changed /srv/a.txt [mode] mode of site/a.txt: 0644 → 0755 @13'],
  ],
  [
    'mode',
    yaml('- directory: /data', '- directory: /data\n        mode: "0700"'),
    ['changed /data [mode] mode of directory /data in the manifest: 0755 → 0700 @19'],
  ],
  [
    'owner',
    yaml('        to: /link', '        to: /link\n        owner: 5:5'),
    ['changed /link [owner] owner of symlink /link in the manifest: 0:0 → 5:5 @17'],
  ],
  ['new file', ({ write }) => write('site/n', ''), ['added /srv/n [] site/n is new @13']],
  [
    'removed file, and a line more above its declaration',
    (made) => {
      rmSync(made.path('site/a.txt'));
      yaml('version: 1', '# more\nversion: 1')(made);
    },
    ['removed /srv/a.txt [] files site: site/a.txt is gone or no longer selected @14'],
  ],
  [
    'moved directory',
    yaml('to: /srv\n', 'to: /www\n'),
    [
      'removed /srv [] site goes to /www now @13',
      'removed /srv/a.txt [] site/a.txt goes to /www/a.txt now @13',
      'removed /srv/sub [] site/sub goes to /www/sub now @13',
      'removed /srv/sub/b.txt [] site/sub/b.txt goes to /www/sub/b.txt now @13',
      'added /www [] site went to /srv before @13',
      'added /www/a.txt [] site/a.txt went to /srv/a.txt before @13',
      'added /www/sub [] site/sub went to /srv/sub before @13',
      'added /www/sub/b.txt [] site/sub/b.txt went to /srv/sub/b.txt before @13',
    ],
  ],
  [
    'removed content',
    yaml('      - directory: /data\n', ''),
    ['removed /data [] directory /data is no longer declared @-'],
  ],
  [
    'symlink',
    yaml('- symlink: /srv/a.txt', '- symlink: b'),
    ['changed /link [target] target of symlink /link in the manifest: /srv/a.txt → b @17'],
  ],
  [
    'kind',
    yaml('- text: hello', '- symlink: hello'),
    ['changed /etc/motd [kind] symlink /etc/motd replaces text at /etc/motd @15'],
  ],
  ['text', yaml('text: hello', 'text: bye'), ['changed /etc/motd [content] text at /etc/motd changed @15']],
  ['env', yaml('"80"', '"81"'), ['changed env.PORT "80" "81" env.PORT in the manifest @26']],
  [
    'base env removed',
    yaml('PORT: "80"', 'PORT: "80", HOME: null'),
    ['removed env.HOME "/" null env.HOME in the manifest @26'],
  ],
  [
    'label removed',
    yaml('  labels: { a: b }\n', ''),
    ['removed labels.a "b" null labels.a is no longer in the manifest @-'],
  ],
  [
    'entrypoint',
    yaml('[/bin/tool]', '[/bin/tool, -x]'),
    ['changed entrypoint ["/bin/tool"] ["/bin/tool","-x"] entrypoint in the manifest @25'],
  ],
  [
    'port',
    yaml('80/tcp', '81/tcp'),
    [
      'removed ports.80/tcp {} null ports.80/tcp is no longer in the manifest @-',
      'added ports.81/tcp null {} ports.81/tcp in the manifest @28',
    ],
  ],
  [
    'volume',
    yaml('volumes: [/data]', 'volumes: [/data, /v]'),
    ['added volumes./v null {} volumes./v in the manifest @29'],
  ],
  ['user', yaml('user: "1"', 'user: "2"'), ['changed user "1" "2" user in the manifest @27']],
  ['annotation', yaml('k: v', 'k: w'), ['changed annotations.k "v" "w" annotations.k in the manifest @31']],
  [
    'created',
    yaml(TOOL_LAYER, 'created: 60\n'),
    [
      'artifact tool: epoch changed: 0 → 60',
      'layer site changed: the time "created": 1970-01-01T00:00:00Z → 1970-01-01T00:01:00Z; the entries are the same @20',
      'layer tool removed: layer tool is no longer in the manifest @-',
      'changed created "1970-01-01T00:00:00Z" "1970-01-01T00:01:00Z" created in the manifest @20',
    ],
  ],
  [
    'compression',
    yaml('annotations:', 'compression: zstd\nannotations:'),
    [
      'layer site changed: compression changed, the entries did not @31',
      'layer tool changed: compression changed, the entries did not @31',
    ],
  ],
  [
    'base moved',
    async (made) => {
      made.write('base.yaml', BASE.replace('HOME: /', 'HOME: /root'));
      await applyBase(made);
    },
    ['base changed', 'changed env.HOME "/" "/root" the base moved: oci:base sha256:… → sha256:… @-'],
  ],
  [
    'base removed',
    yaml('oci:base', 'scratch'),
    [
      'base removed oci:base',
      'removed env.HOME "/" null the base oci:base sha256:… is no longer in the manifest, or env.HOME is no longer in the manifest @-',
    ],
  ],
  [
    'layer added',
    yaml('config:', '  - { name: new, contents: [{ text: x, to: /x }] }\nconfig:'),
    ['layer new added: layer new is new in the manifest @24'],
  ],
  ['layer removed', yaml(TOOL_LAYER, ''), ['layer tool removed: layer tool is no longer in the manifest @-']],
  ['layer renamed', yaml('- name: site', '- name: web'), ['layer web changed: layer site has a new name @11']],
  [
    'layers in another order',
    yaml(SITE_LAYER + TOOL_LAYER, TOOL_LAYER + SITE_LAYER),
    ['changed layers ["site","tool"] ["tool","site"] the order of the layers changed @-'],
  ],
  ['input', ({ write }) => write('in.txt', 'x'), ['artifact tool: input in.txt changed: sha256:… → sha256:…']],
  ['input added', yaml('[in.txt]', '[in.txt, site/a.txt]'), ['artifact tool: input site/a.txt added: null → sha256:…']],
  ['command', yaml('cat in.txt >', 'cat in.txt in.txt >'), ['artifact tool: command changed: sha256:… → sha256:…']],
  ['tool', yaml('[cat]', '[cat, ls]'), ['artifact tool: tool ls added: null → sha256:…']],
  ['artifact env', yaml('MODE: fast', 'MODE: slow'), ['artifact tool: env MODE changed: sha256:… → sha256:…']],
  ['platform added', yaml('[linux/amd64]', '[linux/amd64, linux/arm64]'), ['platform added linux/arm64']],
  [
    'platform replaced',
    yaml('[linux/amd64]', '[linux/arm64]'),
    ['platform removed linux/amd64', 'platform added linux/arm64'],
  ],
  ['tags', yaml('version: 1', 'version: 1\ntags: [a]'), []],
];

describe('a planted change', () => {
  it.each(CHANGES)('of %s is all that the plan names', async (_, edit, news) => {
    const made = await applied();
    await edit(made);
    // As the command does it, which names no absolute path.
    const here = { ...host, env: { ...host.env, workingDirectory: made.path('.') } };
    const plan = await planImage(here, { ...made.request, file: 'image.yaml' });
    expect(newsOf(plan).map(withoutDigests)).toEqual(news);
    expect(plan.summary.changed).toBe(news.length > 0);
    expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.stringify(plan)).not.toContain(made.directory);
  });
});

/** What verify finds that differs, with the line of image.yaml. */
async function differencesOf(edit: Edit): Promise<string[]> {
  const made = await applied();
  await edit(made);
  const { differences } = await verifyImage(host, made.request);
  return differences.map(({ where, path, cause, at }) => `${where} ${path ?? ''} ${cause} @${at?.line ?? '-'}`);
}

describe('verify after a planted change', () => {
  it.each<[name: string, edit: Edit, differences: readonly string[]]>([
    [
      'content',
      ({ write }) => write('site/a.txt', 'b'),
      ['layer site (linux/amd64) /srv/a.txt site/a.txt changed. @13'],
    ],
    ['env', yaml('"80"', '"81"'), ['config (linux/amd64) env.PORT env.PORT in the manifest. @26']],
    [
      'layers in another order',
      yaml(SITE_LAYER + TOOL_LAYER, TOOL_LAYER + SITE_LAYER),
      ['layers (linux/amd64)  The order of the layers changed. @-'],
    ],
    [
      'base removed',
      yaml('oci:base', 'scratch'),
      [
        'base (linux/amd64)  The base oci:base sha256:… is no longer in the manifest. @-',
        'config (linux/amd64) env.HOME the base oci:base sha256:… is no longer in the manifest, or env.HOME is no longer in the manifest. @-',
      ],
    ],
    [
      'input',
      ({ write }) => write('in.txt', 'x'),
      ['layer tool (linux/amd64) /bin/tool artifact tool: in.txt changed (sha256:… → sha256:…). @22'],
    ],
  ])('names %s', async (_, edit, differences) => {
    expect((await differencesOf(edit)).map(withoutDigests)).toEqual(differences);
  });
});

describe('schema/plan.schema.json', () => {
  it('is what planSchema gives, and describes every member', () => {
    const file = join(import.meta.dirname, '../../schema/plan.schema.json');
    expect(planSchema).toEqual(JSON.parse(readFileSync(file, 'utf8')));
    const silent: string[] = [];
    const visit = (part: Readonly<Record<string, unknown>>, at: string): void => {
      if (part.description === undefined && part.$ref === undefined) silent.push(at);
      const members = {
        ...(part.properties as object),
        ...(part.$defs as object),
        items: part.items,
        ...(part.oneOf as object),
      };
      for (const [name, member] of Object.entries(members)) {
        if (member !== undefined) visit(member as Readonly<Record<string, unknown>>, `${at}/${name}`);
      }
    };
    visit(planSchema as Readonly<Record<string, unknown>>, '#');
    expect(silent).toEqual([]);
  });

  it.each<[name: string, change: object]>([
    ['another version', { version: 2 }],
    ['a missing member', { removedPlatforms: undefined }],
    ['a digest of another form', { digest: 'sha256:1' }],
    ['a platform without its members', { platforms: [{ platform: 'linux/amd64' }] }],
  ])('refuses %s', async (_, change) => {
    const plan = await planImage(host, (await applied()).request);
    expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...plan, ...change })).toBe(false);
  });
});
