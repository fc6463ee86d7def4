import { compareUtf8 } from '../../util/index.js';
import type {
  AssertedPattern,
  AssertedValue,
  Assertions,
  CommandAssertion,
  ContentAssertion,
  FileAssertion,
  MetadataAssertion,
} from '../assertions.js';
import type { ManifestPath } from '../build-manifest.js';
import { accepted } from '../complaint.js';
import type { SpanOf } from '../contents/place.js';
import type * as Yaml from '../generated/image-yaml.js';
import { parseTextPattern } from '../patterns/text-pattern.js';

/** `/etc/` → `/etc`. */
const withoutSlash = (path: string): string => (path === '/' ? path : path.replace(/\/$/, ''));

/** `8080` → `8080/tcp`, as an image's config has it (OCI image-spec, "ExposedPorts"). */
const portsOf = (ports: readonly string[] = []): readonly string[] =>
  ports.map((port) => (port.includes('/') ? port : `${port}/tcp`));

class AssertionBuilder {
  readonly #spanOf: SpanOf;

  constructor(spanOf: SpanOf) {
    this.#spanOf = spanOf;
  }

  #pattern(text: string, path: ManifestPath): AssertedPattern {
    return { ...accepted(parseTextPattern(text)), at: this.#spanOf(path) };
  }

  #patterns(texts: readonly string[] | undefined, path: ManifestPath): readonly AssertedPattern[] {
    return (texts ?? []).map((text, index) => this.#pattern(text, [...path, index]));
  }

  /** Sorted by key, so that the order of the file is no input. */
  #values(
    written: Readonly<Record<string, Yaml.AssertedValue>> | undefined,
    path: ManifestPath,
  ): readonly AssertedValue[] {
    const values = Object.entries(written ?? {}).map(([key, value]) => {
      const at = [...path, key];
      const isText = typeof value === 'string';
      return { key, value: isText ? value : this.#pattern(value.matches, [...at, 'matches']), at: this.#spanOf(at) };
    });
    return values.sort((a, b) => compareUtf8(a.key, b.key));
  }

  file(written: Yaml.FileAssertion, path: ManifestPath): FileAssertion {
    return {
      path: withoutSlash(written.path),
      exists: written.exists ?? true,
      permissions: written.permissions,
      uid: written.uid,
      gid: written.gid,
      executableBy: written['executable-by'],
      at: this.#spanOf(path),
    };
  }

  content(written: Yaml.ContentAssertion, path: ManifestPath): ContentAssertion {
    return {
      path: written.path,
      expected: this.#patterns(written.expected, [...path, 'expected']),
      excluded: this.#patterns(written.excluded, [...path, 'excluded']),
      at: this.#spanOf(path),
    };
  }

  metadata(written: Yaml.MetadataAssertion, path: ManifestPath): MetadataAssertion {
    const { entrypoint, cmd, user, workdir } = written;
    return {
      env: this.#values(written.env, [...path, 'env']),
      labels: this.#values(written.labels, [...path, 'labels']),
      entrypoint,
      cmd,
      user,
      workdir,
      ports: portsOf(written.ports),
      noPorts: portsOf(written['no-ports']),
      volumes: written.volumes ?? [],
      noVolumes: written['no-volumes'] ?? [],
      at: this.#spanOf(path),
    };
  }

  command(written: Yaml.CommandAssertion, path: ManifestPath): CommandAssertion {
    const patterns = (key: 'stdout' | 'no-stdout' | 'stderr' | 'no-stderr') =>
      this.#patterns(written[key], [...path, key]);
    return {
      name: written.name,
      run: written.run,
      env: Object.fromEntries(Object.entries(written.env ?? {}).sort(([a], [b]) => compareUtf8(a, b))),
      exitCode: written['exit-code'] ?? 0,
      stdout: patterns('stdout'),
      noStdout: patterns('no-stdout'),
      stderr: patterns('stderr'),
      noStderr: patterns('no-stderr'),
      at: this.#spanOf(path),
    };
  }
}

/** The assertions of a checked manifest, each list in the order of the file. */
export function assertionsOf(written: Yaml.Assertions = {}, spanOf: SpanOf): Assertions {
  const builder = new AssertionBuilder(spanOf);
  const path = (...steps: ManifestPath): ManifestPath => ['assertions', ...steps];
  const { files = [], contents = [], metadata, commands = [] } = written;
  return {
    files: files.map((file, index) => builder.file(file, path('files', index))),
    contents: contents.map((content, index) => builder.content(content, path('contents', index))),
    metadata: metadata === undefined ? undefined : builder.metadata(metadata, path('metadata')),
    commands: commands.map((command, index) => builder.command(command, path('commands', index))),
  };
}
