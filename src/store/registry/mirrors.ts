import { fail } from '../../errors/index.js';
import { parseRegistryReference, type RegistryReference, renderRegistryReference } from '../../oci/index.js';
import type { MirrorRule, RegistryRule } from './registry-rules.js';

/** Where an image can be read. */
export interface Site {
  /** Tag and digest are those of the image. */
  readonly reference: RegistryReference;
  readonly isMirror: boolean;
}

/** How much of a name a prefix covers; undefined where it covers nothing. */
function coverage(prefix: string, name: string): number | undefined {
  if (prefix.startsWith('*.')) {
    const [host, ...path] = prefix.slice(1).split('/');
    const at = name.indexOf(host!);
    const slash = name.indexOf('/');
    if (at <= 0 || at > slash) return undefined;
    const end = at + [host, ...path].join('/').length;
    const isWhole = name.startsWith([host, ...path].join('/'), at) && /^(?:[/:@]|$)/.test(name.slice(end));
    return isWhole ? end : undefined;
  }
  return name.startsWith(prefix) && /^(?:[/:@]|$)/.test(name.slice(prefix.length)) ? prefix.length : undefined;
}

/** The rule with the longest prefix. @param name of an image or a registry: `docker.io/library/alpine:3`, `ghcr.io` */
export function ruleFor(rules: readonly RegistryRule[], name: string): RegistryRule | undefined {
  return rules
    .filter(({ prefix }) => coverage(prefix, name) !== undefined)
    .reduce<RegistryRule | undefined>((best, rule) => {
      return best === undefined || rule.prefix.length > best.prefix.length ? rule : best;
    }, undefined);
}

/** @throws TbuildError `registry-refused` */
export function expectAllowed(rule: RegistryRule | undefined, name: string): void {
  if (rule?.blocked !== true) return;
  throw fail('registry-refused', {
    message: `Cannot use ${JSON.stringify(name)}: ${JSON.stringify(rule.prefix)} is blocked on this machine`,
    hint: 'An entry of registries.conf says so: see containers-registries.conf(5).',
  });
}

function moved(reference: RegistryReference, rule: RegistryRule, location: string): RegistryReference {
  const name = renderRegistryReference(reference);
  return parseRegistryReference(location + name.slice(coverage(rule.prefix, name)), location);
}

const isFor = ({ references }: MirrorRule, { digest }: RegistryReference): boolean =>
  references === 'all' || (references === 'digest-only') === (digest !== undefined);

/** The places to read an image from, in their order: the mirrors, and where it belongs. */
export function sitesOf(rule: RegistryRule | undefined, reference: RegistryReference): readonly Site[] {
  if (rule === undefined) return [{ reference, isMirror: false }];
  const mirrors = rule.mirrors
    .filter((mirror) => isFor(mirror, reference))
    .map(({ location }) => ({ reference: moved(reference, rule, location), isMirror: true }));
  const own = rule.location === undefined ? reference : moved(reference, rule, rule.location);
  return [...mirrors, { reference: own, isMirror: false }];
}

const hostOf = (place: string): string => place.split('/', 1)[0]!;

/** The hosts that the rule allows to speak to without TLS, for this registry. */
export function insecureHosts(rule: RegistryRule | undefined, registry: string): readonly string[] {
  if (rule === undefined) return [];
  const own = rule.insecure ? [registry, ...(rule.location === undefined ? [] : [hostOf(rule.location)])] : [];
  return [...own, ...rule.mirrors.filter(({ insecure }) => insecure).map(({ location }) => hostOf(location))];
}
