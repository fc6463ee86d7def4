var __getOwnPropNames = Object.getOwnPropertyNames;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};

// src/util/compare-utf8.ts
function rank(codeUnit) {
  if (codeUnit < 55296) return codeUnit;
  return codeUnit >= 57344 ? codeUnit - 2048 : codeUnit + 8192;
}
function compareUtf8(a, b) {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}
var init_compare_utf8 = __esm({
  "src/util/compare-utf8.ts"() {
    "use strict";
  }
});

// src/util/did-you-mean.ts
function distance(a, b) {
  let beforeLast = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2] + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
function closestOf(text, known) {
  if (text.length > LONGEST) return void 0;
  let best;
  let least = Math.floor(Math.max(text.length, 3) / 3) + 1;
  for (const name of known) {
    if (name.length > LONGEST) continue;
    const steps = distance(text.toLowerCase(), name.toLowerCase());
    if (steps < least) [best, least] = [name, steps];
  }
  return best;
}
function didYouMean(text, known) {
  const closest = closestOf(text, known);
  return closest === void 0 ? void 0 : `Did you mean ${JSON.stringify(closest)}?`;
}
var LONGEST;
var init_did_you_mean = __esm({
  "src/util/did-you-mean.ts"() {
    "use strict";
    LONGEST = 64;
  }
});

// src/util/lazy.ts
function lazy(compute) {
  let value;
  return () => {
    value ??= { kept: compute() };
    return value.kept;
  };
}
var init_lazy = __esm({
  "src/util/lazy.ts"() {
    "use strict";
  }
});

// src/util/index.ts
var init_util = __esm({
  "src/util/index.ts"() {
    "use strict";
    init_compare_utf8();
    init_did_you_mean();
    init_lazy();
  }
});

// ../../tmp/w4/t3.mts
import { createReadStream } from "node:fs";

// src/errors/codes.ts
var ExitStatus = {
  done: 0,
  failed: 1,
  changesPending: 2,
  notReproducible: 3,
  pinMismatch: 4,
  artifactFailed: 5,
  usage: 64,
  invalidManifest: 65,
  unavailable: 69,
  notAuthorised: 77
};
var failed = (summary) => ({ exit: ExitStatus.failed, summary });
var invalid = (summary) => ({ exit: ExitStatus.invalidManifest, summary });
var mismatch = (summary) => ({ exit: ExitStatus.pinMismatch, summary });
var CODES = {
  // usage
  usage: { exit: ExitStatus.usage, summary: "The command line is not valid" },
  "environment-invalid": { exit: ExitStatus.usage, summary: "An environment variable is not valid" },
  // image.yaml as a file
  "manifest-missing": invalid("The manifest cannot be found"),
  "manifest-unreadable": invalid("The manifest cannot be read"),
  "manifest-too-large": invalid("The manifest is too large"),
  "manifest-encoding": invalid("The manifest is not UTF-8 text"),
  // image.yaml as YAML
  "yaml-syntax": invalid("The manifest is not valid YAML"),
  "yaml-too-deep": invalid("The manifest is nested too deeply"),
  "yaml-alias": invalid("The manifest uses a YAML alias"),
  "yaml-tag": invalid("The manifest uses a YAML tag"),
  "yaml-duplicate-key": invalid("A key is written twice"),
  "yaml-many-documents": invalid("The manifest holds more than one YAML document"),
  // image.yaml as a manifest
  "manifest-invalid": invalid("The manifest has problems"),
  "manifest-empty": invalid("The manifest is empty"),
  "manifest-unknown-key": invalid("A key is not known"),
  "manifest-missing-key": invalid("A required key is missing"),
  "manifest-wrong-type": invalid("A value has the wrong type"),
  "manifest-wrong-value": invalid("A value is not allowed"),
  "manifest-version": invalid("The manifest version is not supported"),
  "manifest-undefined-variable": invalid("A variable is not defined"),
  "manifest-not-supported": invalid("A feature is not supported yet"),
  "manifest-reference": invalid("A name does not refer to anything"),
  "manifest-duplicate": invalid("A name is used twice"),
  "manifest-cycle": invalid("Artifacts need each other in a circle"),
  "created-unknown": failed("The time of the image is not known"),
  // inputs
  "input-missing": failed("An input does not exist"),
  "input-empty": failed("An input selects nothing"),
  "input-unreadable": failed("An input cannot be read"),
  "input-kind": failed("An input is of a kind that an image cannot hold"),
  "input-name": failed("An input has a name that an image cannot hold"),
  "input-changed": failed("An input changed while it was read"),
  "input-limit": failed("An input is beyond a limit"),
  "path-clash": failed("Two inputs claim the same path"),
  "path-conflict": failed("A path cannot be created where it is asked"),
  "input-mismatch": mismatch("An input does not match its pin"),
  "input-denied": { exit: ExitStatus.notAuthorised, summary: "A server denies access to an input" },
  "secret-missing": failed("A secret is not set"),
  "pin-missing": mismatch("The lock lacks a pin"),
  "pin-stale": mismatch("A pin is not for what is asked for now"),
  "lock-invalid": invalid("The lock is not valid"),
  "lock-unreadable": invalid("The lock cannot be read"),
  "lock-failed": failed("The lock cannot be written"),
  // Debian packages
  "signature-invalid": mismatch("A signature is not valid"),
  "release-invalid": failed("An index of packages is not valid"),
  "package-missing": failed("A package cannot be found"),
  "package-conflict": failed("Packages cannot be installed together"),
  "deb-invalid": failed("A Debian package is not valid"),
  // what programs need
  "closure-missing": failed("Something that a program needs cannot be found"),
  "elf-invalid": failed("A program cannot be understood"),
  // accounts and certificates
  "account-conflict": failed("Accounts contradict each other"),
  "certificate-invalid": failed("A certificate is not valid"),
  // artifacts
  "artifact-failed": { exit: ExitStatus.artifactFailed, summary: "An artifact's command failed" },
  "artifact-output": { exit: ExitStatus.artifactFailed, summary: "An artifact's output is not usable" },
  "artifact-tool": { exit: ExitStatus.artifactFailed, summary: "A tool is not installed" },
  // base, images, archives
  "base-missing": failed("The base image cannot be found"),
  "base-platform": failed("The base image lacks a platform"),
  "image-invalid": failed("An image is not valid"),
  "image-missing": failed("An image cannot be found"),
  "reference-invalid": { exit: ExitStatus.usage, summary: "An image reference is not valid" },
  "digest-invalid": failed("A digest is not valid"),
  "archive-ambiguous": failed("An archive can be read in more than one way"),
  "archive-limit": failed("An archive is beyond a limit"),
  "compression-invalid": failed("Compressed data is damaged"),
  "compression-limit": failed("Compressed data is beyond a limit"),
  "blob-mismatch": mismatch("Content does not match its digest"),
  "blob-missing": failed("Content is missing"),
  "tag-moved": mismatch("A tag names another image than it should"),
  // servers and registries
  "server-unavailable": { exit: ExitStatus.unavailable, summary: "A server cannot be reached, or does not answer" },
  "server-invalid": failed("An answer of a server breaks its protocol"),
  "registry-unauthorised": { exit: ExitStatus.notAuthorised, summary: "A registry denies access" },
  "registry-refused": failed("A registry refuses a request"),
  "credentials-invalid": failed("A file with credentials is not valid"),
  "credentials-failed": failed("Credentials cannot be stored or removed"),
  "network-settings-invalid": failed("A setting for the network is not valid"),
  // the docker daemon
  "daemon-unavailable": { exit: ExitStatus.unavailable, summary: "The docker daemon cannot be reached" },
  // results
  "not-reproducible": { exit: ExitStatus.notReproducible, summary: "The rebuilt image is not the expected one" },
  "nothing-to-verify": failed("There is nothing to compare with"),
  "destination-failed": failed("The image cannot be written"),
  // the machine
  "output-failed": failed("The result cannot be written"),
  "cache-busy": failed("The cache is in use"),
  "cache-damaged": failed("The cache is damaged"),
  "cache-failed": failed("The cache cannot be used"),
  interrupted: failed("Interrupted")
};

// src/errors/tbuild-error.ts
var TbuildError = class extends Error {
  name = "TbuildError";
  code;
  hint;
  at;
  related;
  details;
  problems;
  constructor(code, facts) {
    super(facts.message, facts.cause === void 0 ? void 0 : { cause: facts.cause });
    this.code = code;
    this.hint = facts.hint;
    this.at = facts.at;
    this.related = facts.related ?? [];
    this.details = facts.details ?? {};
    this.problems = facts.problems ?? [];
  }
  /** Process exit status for this error. */
  get exit() {
    return CODES[this.code].exit;
  }
};
function fail(code, facts) {
  return new TbuildError(code, facts);
}

// src/debian/choose-packages.ts
init_util();

// src/debian/compare-versions.ts
var VERSION = /^(?!.*-[^-]*:[^-]*$)(?:\d{1,9}:[A-Za-z0-9][A-Za-z0-9.+~:-]*|[A-Za-z0-9][A-Za-z0-9.+~-]*)(?<!-)$/;
var VERSION_MAX = 256;
function isVersion(text) {
  return text.length <= VERSION_MAX && VERSION.test(text);
}
var isDigit = (code) => code >= 48 && code <= 57;
function weight(code) {
  if (Number.isNaN(code) || isDigit(code)) return 0;
  if (code === 126) return -1;
  return code >= 65 && code <= 90 || code >= 97 && code <= 122 ? code : code + 256;
}
function skipZeros(text, from) {
  let at = from;
  while (text.charCodeAt(at) === 48) at++;
  return at;
}
function digitsEnd(text, from) {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}
function compareParts(a, b) {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    for (; ; ) {
      const [left2, right2] = [weight(a.charCodeAt(i)), weight(b.charCodeAt(j))];
      if (left2 !== right2) return left2 - right2;
      if (left2 === 0) break;
      i++;
      j++;
    }
    const [fromA, fromB] = [skipZeros(a, i), skipZeros(b, j)];
    i = digitsEnd(a, fromA);
    j = digitsEnd(b, fromB);
    if (i - fromA !== j - fromB) return i - fromA - (j - fromB);
    const [left, right] = [a.slice(fromA, i), b.slice(fromB, j)];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
function partsOf(version) {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? "" : rest.slice(hyphen + 1)
  };
}
function compareVersions(a, b) {
  if (a === b) return 0;
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.epoch - right.epoch || compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision);
}

// src/debian/relation.ts
var PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]{1,127}$/;
var RELATION = /^([^\s:()[\]<>,|]+)(?::([a-z0-9-]+))?(?:\s*\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s()]+)\s*\))?$/;
function isPackageName(text) {
  return PACKAGE_NAME.test(text);
}
function operatorOf(text) {
  if (text === "<") return "<=";
  return text === ">" ? ">=" : text;
}
function parseRelation(text, what) {
  const [, name, qualifier, operator, version] = RELATION.exec(text.trim()) ?? [];
  if (name === void 0 || !isPackageName(name) || version !== void 0 && !isVersion(version)) {
    const message = `${what}: ${JSON.stringify(text.trim().slice(0, 100))} names no package`;
    throw fail("release-invalid", {
      message,
      hint: "A relation is written NAME, NAME:ARCHITECTURE or NAME (>= VERSION)."
    });
  }
  const wanted = version === void 0 ? void 0 : { operator: operatorOf(operator), version };
  return { name, qualifier, wanted };
}
function parseDependencies(text, what) {
  return text.split(",").filter((part) => part.trim() !== "").map((part) => part.split("|").map((alternative) => parseRelation(alternative, what)));
}
function parseRelations(text, what) {
  return parseDependencies(text, what).map((alternatives) => {
    if (alternatives.length === 1) return alternatives[0];
    throw fail("release-invalid", { message: `${what}: there are alternatives, where there may be none` });
  });
}
var HOLDS = {
  "<<": (order) => order < 0,
  "<=": (order) => order <= 0,
  "=": (order) => order === 0,
  ">=": (order) => order >= 0,
  ">>": (order) => order > 0
};
function isWantedVersion({ wanted }, version) {
  if (wanted === void 0) return true;
  return version !== void 0 && HOLDS[wanted.operator](compareVersions(version, wanted.version));
}
function renderRelation({ name, qualifier, wanted }) {
  const version = wanted === void 0 ? "" : ` (${wanted.operator} ${wanted.version})`;
  return `${name}${qualifier === void 0 ? "" : `:${qualifier}`}${version}`;
}
function renderDependency(dependency) {
  return dependency.map(renderRelation).join(" | ");
}

// src/debian/dead-end-error.ts
var titleOf = ({ name, version }) => `${name} ${version}`;
function chainOf({ item, goal }) {
  const names2 = [item.name];
  for (let { owner } = goal; owner !== void 0; owner = owner.goal.owner) names2.unshift(owner.item.name);
  return names2;
}
function chainTo({ owner }) {
  return owner === void 0 ? [] : chainOf(owner);
}
var forward = (chain) => chain.join(" \u2192 ");
var backward = (chain) => [...chain].reverse().join(" \u2190 ");
function placeOf({ request }) {
  return request.at;
}
function renderThere(dependency, pool) {
  const found = /* @__PURE__ */ new Set();
  for (const { name } of dependency) {
    const prefix = dependency.length === 1 ? "" : `${name} `;
    for (const { version } of pool.versions(name)) found.add(`${prefix}${version}`);
    for (const item of pool.providers(name)) {
      const provided = item.provides.find((relation) => relation.name === name);
      found.add(`${renderRelation(provided)} of ${titleOf(item)}`);
    }
  }
  return found.size === 0 ? "" : ` (there is ${[...found].slice(0, 5).join(", ")})`;
}
function missing({ goal }, pool, where) {
  const wanted = renderDependency(goal.dependency);
  const message = `${forward(chainTo(goal))} needs ${wanted}, which nothing in ${where} provides${renderThere(goal.dependency, pool)}`;
  const hint = "Add the source that has it, or exclude the package if the image can do without.";
  return fail("package-missing", {
    message,
    hint,
    at: placeOf(goal),
    details: { chain: chainTo(goal), relation: wanted }
  });
}
function renderNeed(goal) {
  if (goal.owner === void 0) {
    const { name, version } = goal.request;
    return `${name}${version === void 0 ? "" : ` ${version}`} is asked for`;
  }
  return `${forward(chainTo(goal))} needs ${renderDependency(goal.dependency)}`;
}
function conflictText({ goal }, candidate, blocker) {
  const { chosen, kind, by, relation } = blocker;
  if (kind === "version") {
    return {
      message: `${renderNeed(goal)}, but ${renderNeed(chosen.goal)}, which is ${titleOf(chosen.item)}`,
      hint: `Of ${candidate.name} there can be one version only.`
    };
  }
  const ours = [...chainTo(goal), candidate.name];
  const theirs = chainOf(chosen);
  const [from, to] = by === "candidate" ? [ours, theirs] : [theirs, ours];
  const [declares, other] = by === "candidate" ? [candidate, chosen.item] : [chosen.item, candidate];
  const verb = kind === "Breaks" ? "breaks" : "conflicts with";
  return {
    message: `${forward(from)} ${verb} ${backward(to)}`,
    hint: `${titleOf(declares)} declares "${kind}: ${renderRelation(relation)}", and there is ${titleOf(other)}.`
  };
}
function conflict(deadEnd, candidate, blocker) {
  const [at, otherAt] = [placeOf(deadEnd.goal), placeOf(blocker.chosen.goal)];
  const { message, hint } = conflictText(deadEnd, candidate, blocker);
  const isElsewhere = otherAt !== void 0 && otherAt !== at;
  const related = isElsewhere ? [{ message: `${chainOf(blocker.chosen)[0]} is asked for here`, at: otherAt }] : [];
  const details = { package: titleOf(candidate), other: titleOf(blocker.chosen.item) };
  return fail("package-conflict", { message, hint, at, related, details });
}
function deadEndError(deadEnd, pool, where) {
  const { candidate, blocker } = deadEnd;
  if (candidate === void 0 || blocker === void 0) return missing(deadEnd, pool, where);
  return conflict(deadEnd, candidate, blocker);
}

// src/debian/explain-packages.ts
init_util();

// src/debian/satisfies.ts
function isQualified({ multiArch, architecture }, qualifier) {
  if (qualifier === void 0 || qualifier === "native") return true;
  if (qualifier === "any") return multiArch === "allowed";
  return architecture === qualifier || architecture === "all";
}
function namesOf(item) {
  return item.provides.length === 0 ? [item.name] : [.../* @__PURE__ */ new Set([item.name, ...item.provides.map(({ name }) => name)])];
}
function satisfies(item, relation) {
  if (!isQualified(item, relation.qualifier)) return false;
  if (item.name === relation.name && isWantedVersion(relation, item.version)) return true;
  return item.provides.some(({ name, wanted }) => name === relation.name && isWantedVersion(relation, wanted?.version));
}

// src/debian/explain-packages.ts
function explainPackages(packages, requests, recommends) {
  const sorted = [...packages].sort((a, b) => compareUtf8(a.name, b.name));
  const byName = new Map(sorted.map((item) => [item.name, item]));
  const byProvided = /* @__PURE__ */ new Map();
  for (const item of sorted) {
    for (const name of namesOf(item)) byProvided.set(name, [...byProvided.get(name) ?? [], item]);
  }
  const why = /* @__PURE__ */ new Map();
  const queue = [];
  const reach = (item, before) => {
    if (item === void 0 || why.has(item.name)) return;
    why.set(item.name, [...before, item.name]);
    queue.push(item);
  };
  const walk = () => {
    for (let item = queue.shift(); item !== void 0; item = queue.shift()) {
      const chain = why.get(item.name);
      const dependencies = [...item.preDepends, ...item.depends, ...recommends ? item.recommends : []];
      for (const relation of dependencies.flat()) {
        for (const other of byProvided.get(relation.name) ?? []) if (satisfies(other, relation)) reach(other, chain);
      }
    }
  };
  for (const { name } of requests) reach(byName.get(name), []);
  walk();
  for (const item of sorted) if (item.isEssential) reach(item, []);
  walk();
  return why;
}

// src/debian/package-pool.ts
init_util();
var PRIORITIES = ["required", "important", "standard", "optional"];
function rankOf({ priority }) {
  const rank2 = PRIORITIES.indexOf(priority);
  return rank2 < 0 ? PRIORITIES.length : rank2;
}
var PackagePool = class {
  /** Of each name the version that is held, then the newest first, and of equal ones that of the first source. */
  #byName = /* @__PURE__ */ new Map();
  #providers = lazy(() => this.#collectProviders());
  #held;
  constructor({ architecture, available: available2, held }) {
    this.#held = new Map(held.map((item) => [item.name, item]));
    for (const item of [...held, ...available2]) {
      if (item.architecture !== architecture && item.architecture !== "all") continue;
      const others = this.#byName.get(item.name);
      if (others === void 0) this.#byName.set(item.name, [item]);
      else others.push(item);
    }
    for (const versions of this.#byName.values()) if (versions.length > 1) this.#order(versions);
  }
  #order(versions) {
    const held = this.#held.get(versions[0].name);
    versions.sort((a, b) => Number(b === held) - Number(a === held) || compareVersions(b.version, a.version));
    const kept = versions.filter(
      (item, index) => versions.findIndex(({ version }) => version === item.version) === index
    );
    versions.splice(0, versions.length, ...kept);
  }
  #collectProviders() {
    const providers = /* @__PURE__ */ new Map();
    for (const item of this) {
      for (const name of namesOf(item).slice(1)) {
        const others = providers.get(name);
        if (others === void 0) providers.set(name, [item]);
        else others.push(item);
      }
    }
    return providers;
  }
  *[Symbol.iterator]() {
    for (const versions of this.#byName.values()) yield* versions;
  }
  names() {
    return this.#byName.keys();
  }
  versions(name) {
    return this.#byName.get(name) ?? [];
  }
  /** Those that provide a name and have another: by priority as apt prefers them, then by name, then as `versions`. */
  providers(name) {
    const items = this.#providers().get(name) ?? [];
    return [...items].sort((a, b) => rankOf(a) - rankOf(b) || compareUtf8(a.name, b.name));
  }
  /** What satisfies a relation, the best first. */
  candidates(relation) {
    return [...this.versions(relation.name), ...this.providers(relation.name)].filter(
      (item) => satisfies(item, relation)
    );
  }
};

// src/debian/selection.ts
function* exclusionsOf(item) {
  for (const relation of item.conflicts) yield { kind: "Conflicts", relation };
  for (const relation of item.breaks) yield { kind: "Breaks", relation };
}
function push(lists, name, value) {
  const list = lists.get(name);
  if (list === void 0) lists.set(name, [value]);
  else list.push(value);
}
var Selection = class {
  #stack = [];
  #byName = /* @__PURE__ */ new Map();
  #byProvided = /* @__PURE__ */ new Map();
  #exclusions = /* @__PURE__ */ new Map();
  get chosen() {
    return this.#stack;
  }
  get(name) {
    return this.#byName.get(name);
  }
  add(chosen) {
    this.#stack.push(chosen);
    this.#byName.set(chosen.item.name, chosen);
    for (const name of namesOf(chosen.item)) push(this.#byProvided, name, chosen);
    for (const exclusion of exclusionsOf(chosen.item)) {
      push(this.#exclusions, exclusion.relation.name, { ...exclusion, chosen });
    }
  }
  removeLast() {
    const { item } = this.#stack.pop();
    this.#byName.delete(item.name);
    for (const name of namesOf(item)) this.#byProvided.get(name).pop();
    for (const { relation } of exclusionsOf(item)) this.#exclusions.get(relation.name).pop();
  }
  isSatisfied(relation) {
    return this.#byProvided.get(relation.name)?.some(({ item }) => satisfies(item, relation)) === true;
  }
  /** The first reason why a package cannot be added. No package excludes itself, whatever it provides. */
  blockerOf(candidate) {
    const other = this.#byName.get(candidate.name);
    if (other !== void 0) return { chosen: other, kind: "version", by: "chosen" };
    for (const { kind, relation } of exclusionsOf(candidate)) {
      const chosen = this.#byProvided.get(relation.name)?.find(({ item }) => satisfies(item, relation));
      if (chosen !== void 0) return { chosen, kind, by: "candidate", relation };
    }
    for (const name of namesOf(candidate)) {
      const found = this.#exclusions.get(name)?.find(({ relation }) => satisfies(candidate, relation));
      if (found !== void 0) return { ...found, by: "chosen" };
    }
    return void 0;
  }
};

// src/debian/search-packages.ts
var TRIES_MAX = 1e5;
function reversed(goals) {
  let result;
  for (let rest = goals; rest !== void 0; rest = rest.next) result = { goal: rest.goal, next: result };
  return result;
}
var Search = class {
  #selection = new Selection();
  #frames = [];
  #rules;
  #tries = 0;
  constructor(rules) {
    this.#rules = rules;
  }
  run(goals) {
    let todo = { hard: this.#prepend(goals, void 0), soft: void 0 };
    for (; ; ) {
      const open = this.#nextOpen(todo);
      if (open === void 0) return { kind: "found", packages: this.#selection.chosen.map(({ item }) => item) };
      this.#frames.push(open);
      todo = this.#advance();
      if (this.#tries > TRIES_MAX) return { kind: "limit" };
      if ("blame" in todo) return { kind: "none", deadEnd: todo.deadEnd };
    }
  }
  #prepend(goals, next) {
    return goals.reduceRight((rest, goal) => ({ goal, next: rest }), next);
  }
  #isSatisfied({ dependency, owner, request }) {
    if (owner === void 0) return this.#isRequestMet(request.name, request.version);
    return dependency.some((relation) => this.#selection.isSatisfied(relation) || this.#rules.isExcluded(relation));
  }
  #isRequestMet(name, version) {
    const chosen = this.#selection.get(name);
    return chosen !== void 0 && (version === void 0 || version === chosen.item.version);
  }
  #nextOpen(todo) {
    let { hard, soft } = todo;
    for (; ; ) {
      while (hard !== void 0 && this.#isSatisfied(hard.goal)) hard = hard.next;
      if (hard !== void 0) break;
      if (soft === void 0) return void 0;
      hard = reversed(soft);
      soft = void 0;
    }
    const { goal, next } = hard;
    const blame = new Set(goal.owner === void 0 ? [] : [goal.owner]);
    return { goal, rest: { hard: next, soft }, candidates: this.#candidates(goal), blame };
  }
  *#candidates({ dependency, owner, request: { name, version } }) {
    const { pool } = this.#rules;
    if (owner !== void 0) for (const relation of dependency) yield* pool.candidates(relation);
    else yield* pool.versions(name).filter((item) => version === void 0 || item.version === version);
  }
  /** Chooses the next candidate of the last frame, or of one before it; then what is to do with it chosen. */
  #advance() {
    for (let frame = this.#frames.at(-1); ; ) {
      const todo = this.#tryNext(frame);
      if (todo !== void 0) return todo;
      this.#frames.pop();
      if (frame.goal.isSoft) return frame.rest;
      const failure = { blame: frame.blame, deadEnd: frame.deadEnd ?? { goal: frame.goal } };
      const before = this.#jumpBack(failure);
      if (before === void 0) return failure;
      frame = before;
    }
  }
  #tryNext(frame) {
    for (let next = frame.candidates.next(); next.done !== true; next = frame.candidates.next()) {
      if (++this.#tries > TRIES_MAX) return frame.rest;
      const candidate = next.value;
      const blocker = this.#selection.blockerOf(candidate);
      if (blocker === void 0) return this.#choose(frame, candidate);
      frame.blame.add(blocker.chosen);
      frame.deadEnd ??= { goal: frame.goal, candidate, blocker };
    }
    return void 0;
  }
  #choose(frame, item) {
    const { rest, goal } = frame;
    const chosen = { item, goal };
    frame.chosen = chosen;
    this.#selection.add(chosen);
    const { request } = goal;
    const goalsOf2 = (dependencies, isSoft) => dependencies.map((dependency) => ({ dependency, owner: chosen, request, isSoft }));
    const hard = [...goalsOf2(item.preDepends, false), ...goalsOf2(item.depends, false)];
    const soft = this.#rules.recommends ? goalsOf2(item.recommends, true) : [];
    return { hard: this.#prepend(hard, rest.hard), soft: this.#prepend([...soft].reverse(), rest.soft) };
  }
  /** Takes choices back to the last one that is to blame. */
  #jumpBack({ blame, deadEnd }) {
    for (let frame = this.#frames.at(-1); frame !== void 0; frame = this.#frames.at(-1)) {
      const chosen = frame.chosen;
      this.#selection.removeLast();
      if (blame.has(chosen)) {
        for (const other of blame) if (other !== chosen) frame.blame.add(other);
        frame.deadEnd ??= deadEnd;
        return frame;
      }
      this.#frames.pop();
    }
    return void 0;
  }
};
function searchPackages(goals, rules) {
  return new Search(rules).run(goals);
}

// src/debian/choose-packages.ts
function renderSuites(available2) {
  const suites = /* @__PURE__ */ new Set();
  for (const { suite } of available2) if (suite !== void 0) suites.add(suite);
  return suites.size === 0 ? "the archive" : [...suites].join(", ");
}
function checkRequest(request, pool, where) {
  const { name, version, at } = request;
  const versions = pool.versions(name).map((item) => item.version);
  if (versions.length === 0) {
    const providers = [...new Set(pool.providers(name).map((item) => item.name))];
    const message = providers.length === 0 ? `There is no package ${JSON.stringify(name)} in ${where}` : `${JSON.stringify(name)} is no package of ${where}, only a name that others provide`;
    const hint = providers.length === 0 ? didYouMean(name, pool.names()) : `Name one of them: ${providers.slice(0, 10).join(", ")}.`;
    throw fail("package-missing", { message, hint, at, details: { package: name } });
  }
  if (version !== void 0 && !versions.includes(version)) {
    const message = `There is no version ${JSON.stringify(version)} of ${JSON.stringify(name)} in ${where} (there is ${versions.join(", ")})`;
    throw fail("package-missing", { message, at, details: { package: name, expected: version, found: versions } });
  }
}
function checkExcluded({ requests, exclude }) {
  const wrong = requests.find(({ name }) => exclude.includes(name));
  if (wrong === void 0) return;
  const message = `${JSON.stringify(wrong.name)} is asked for and excluded`;
  throw fail("package-conflict", { message, at: wrong.at, details: { package: wrong.name } });
}
function excludedNames(pool, exclude) {
  return new Set(exclude.flatMap((name) => [name, ...pool.versions(name).flatMap(namesOf)]));
}
function goalsOf({ requests, essential, exclude }, pool) {
  const all = essential ? [...pool].filter(({ isEssential, name }) => isEssential && !exclude.includes(name)) : [];
  const names2 = [...new Set(all.map(({ name }) => name))].sort(compareUtf8);
  return [...names2.map((name) => ({ name })), ...requests].map((request) => ({
    dependency: [{ name: request.name }],
    request,
    isSoft: false
  }));
}
function choosePackages(request) {
  const pool = new PackagePool(request);
  const where = renderSuites(request.available);
  checkExcluded(request);
  for (const item of request.requests) checkRequest(item, pool, where);
  const excluded = excludedNames(pool, request.exclude);
  const result = searchPackages(goalsOf(request, pool), {
    pool,
    isExcluded: ({ name }) => excluded.has(name),
    recommends: request.recommends
  });
  if (result.kind === "none") throw deadEndError(result.deadEnd, pool, where);
  if (result.kind === "limit") {
    const names2 = request.requests.map(({ name }) => name);
    throw fail("package-conflict", {
      message: `No way to install ${names2.join(", ")} together was found within the number of tries`,
      hint: "Ask for the versions, or those of the alternatives, that are wanted.",
      at: request.requests[0]?.at
    });
  }
  const packages = [...result.packages].sort((a, b) => compareUtf8(a.name, b.name));
  return { packages, why: explainPackages(packages, request.requests, request.recommends) };
}

// src/debian/package.ts
var PACKAGE_FIELDS = [
  "package",
  "version",
  "architecture",
  "multi-arch",
  "essential",
  "priority",
  "source",
  "depends",
  "pre-depends",
  "recommends",
  "conflicts",
  "breaks",
  "provides",
  "replaces",
  "filename",
  "size",
  "sha256"
];
var ARCHITECTURE = /^[a-z0-9][a-z0-9-]{0,63}$/;
var MULTI_ARCH = ["no", "same", "foreign", "allowed"];
var SOURCE = /^([a-z0-9][a-z0-9+.-]{1,127})(?: \([^\s()]+\))?$/;
var NONE = [];
var isMultiArch = (text) => MULTI_ARCH.includes(text);
var Facts = class {
  constructor(fields, source) {
    this.fields = fields;
    this.source = source;
  }
  fields;
  source;
  get(name, isValid, otherwise) {
    const value = this.fields.get(name) ?? otherwise;
    if (value !== void 0 && isValid(value)) return value;
    const { what, code } = this.source;
    const of = name === "package" ? "" : ` of ${JSON.stringify(this.fields.get("package"))}`;
    const problem = value === void 0 ? "is missing" : `is ${JSON.stringify(value.slice(0, 200))}, which it cannot be`;
    throw fail(code, {
      message: `${what}: the field ${JSON.stringify(name)}${of} ${problem}`,
      details: { what, field: name }
    });
  }
};
var DescribedPackage = class {
  name;
  version;
  architecture;
  multiArch;
  isEssential;
  priority;
  source;
  path;
  digest;
  size;
  suite;
  #fields;
  #parsed;
  constructor(fields, place, source) {
    const facts = new Facts(fields, source);
    this.#fields = fields;
    this.name = facts.get("package", isPackageName);
    this.version = facts.get("version", isVersion);
    this.architecture = facts.get("architecture", (text) => ARCHITECTURE.test(text));
    this.multiArch = facts.get("multi-arch", isMultiArch, "no");
    this.isEssential = facts.get("essential", (text) => text === "yes" || text === "no", "no") === "yes";
    this.priority = fields.get("priority") ?? "";
    this.source = SOURCE.exec(facts.get("source", (text) => SOURCE.test(text), this.name))[1];
    this.path = place.path;
    this.digest = place.digest;
    this.size = place.size;
    this.suite = place.suite;
  }
  get depends() {
    return this.#relations("depends", parseDependencies);
  }
  get preDepends() {
    return this.#relations("pre-depends", parseDependencies);
  }
  get recommends() {
    return this.#relations("recommends", parseDependencies);
  }
  get conflicts() {
    return this.#relations("conflicts", parseRelations);
  }
  get breaks() {
    return this.#relations("breaks", parseRelations);
  }
  get provides() {
    return this.#relations("provides", parseRelations);
  }
  get replaces() {
    return this.#relations("replaces", parseRelations);
  }
  #relations(field, parse) {
    const text = this.#fields.get(field);
    if (text === void 0) return NONE;
    this.#parsed ??= /* @__PURE__ */ new Map();
    const parsed = this.#parsed.get(field) ?? parse(text, `${field} of ${this.name} ${this.version}`);
    this.#parsed.set(field, parsed);
    return parsed;
  }
};
function describePackage(fields, place, source) {
  return new DescribedPackage(fields, place, source);
}

// src/oci/digest.ts
var DIGEST = /^sha256:[0-9a-f]{64}$/;
function isDigest(text) {
  return typeof text === "string" && DIGEST.test(text);
}

// src/debian/parse-packages.ts
var STANZA_MAX_CHARACTERS = 4 * 1024 * 1024;
var PACKAGES_MAX = 1e6;
var POSITIONS = new Map(PACKAGE_FIELDS.map((name, position) => [name, position]));
var OUTSIDE_ASCII = /[^\n\t\u0020-\u007e]/;
var POOL_PATH = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))(?![^/]*:)[A-Za-z0-9][A-Za-z0-9+._~@:/-]{0,1000}\.deb$/;
var HERE = /^(?:\.\/)+/;
var SIZE = /^[0-9]{1,12}$/;
function invalid2({ what }, problem) {
  return fail("release-invalid", { message: `${what}: ${problem}`, details: { what } });
}
var PackagesStanza = class {
  #values = [];
  get(name) {
    return this.#values[POSITIONS.get(name)];
  }
  has(position) {
    return this.#values[position] !== void 0;
  }
  add(position, value) {
    this.#values[position] = value;
  }
};
function valueEnd(text, from) {
  let end = text.indexOf("\n", from);
  while (end >= 0 && (text[end + 1] === " " || text[end + 1] === "	")) end = text.indexOf("\n", end + 1);
  return end < 0 ? text.length : end;
}
function parseStanza(text, source) {
  const stanza = new PackagesStanza();
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(":", at);
    const end = valueEnd(text, at);
    if (colon < 0 || colon > end) throw invalid2(source, `${JSON.stringify(text.slice(at, at + 80))} is no field`);
    const position = POSITIONS.get(text.slice(at, colon).toLowerCase());
    if (position !== void 0) {
      const value = text.slice(colon + 1, end).trim();
      const name = PACKAGE_FIELDS[position];
      if (stanza.has(position))
        throw invalid2(source, `the field ${JSON.stringify(name)} of ${stanza.get("package")} is there twice`);
      if (OUTSIDE_ASCII.test(value))
        throw invalid2(source, `the field ${JSON.stringify(name)} of ${stanza.get("package")} is not ASCII`);
      stanza.add(position, value);
    }
    at = end + 1;
  }
  return stanza;
}
function parsePackage(text, source) {
  const stanza = parseStanza(text, source);
  const need = (name, isValid) => {
    const value = stanza.get(name);
    if (value !== void 0 && isValid(value)) return value;
    const problem = value === void 0 ? "is missing" : `is ${JSON.stringify(value.slice(0, 200))}, which it cannot be`;
    throw invalid2(source, `the field ${JSON.stringify(name)} of ${JSON.stringify(stanza.get("package"))} ${problem}`);
  };
  const digest = `sha256:${need("sha256", (value) => isDigest(`sha256:${value}`))}`;
  const place = {
    path: need("filename", (value) => POOL_PATH.test(value.replace(HERE, ""))).replace(HERE, ""),
    digest,
    size: Number(need("size", (value) => SIZE.test(value))),
    suite: source.suite
  };
  return describePackage(stanza, place, { what: source.what, code: "release-invalid" });
}
async function* stanzaTexts(input, source) {
  let rest = "";
  for await (const chunk of input) {
    rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    const end = rest.lastIndexOf("\n\n");
    if (end >= 0) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 2);
    }
    if (rest.length > STANZA_MAX_CHARACTERS)
      throw invalid2(source, `a stanza has more than ${STANZA_MAX_CHARACTERS} characters`);
  }
  yield rest;
}
async function parsePackages(input, source) {
  const packages = [];
  for await (const texts of stanzaTexts(input, source)) {
    for (const text of texts.split(/\n{2,}/)) {
      const stanza = text.replace(/^\n+|\n+$/g, "");
      if (stanza === "") continue;
      if (packages.length >= PACKAGES_MAX) throw invalid2(source, `there are more than ${PACKAGES_MAX} packages`);
      packages.push(parsePackage(stanza, source));
    }
  }
  return packages;
}

// test/support/debian/apt.ts
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// test/support/run.ts
import { spawn } from "node:child_process";
function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 3e5,
      killSignal: "SIGKILL",
      stdio: [options.input === void 0 ? "ignore" : "pipe", "pipe", "pipe"]
    });
    const stdout = [];
    const stderr = [];
    child.stdout.on("data", (chunk) => stdout.push(chunk));
    child.stderr.on("data", (chunk) => stderr.push(chunk));
    child.stdin?.on("error", () => void 0);
    child.stdin?.end(options.input);
    child.on("error", reject);
    child.on("close", (status) => {
      resolve({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

// test/support/debian/real-archive.ts
var DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

// test/support/debian/apt.ts
function renderConfiguration(root) {
  return [
    `Dir::State "${root}"`,
    `Dir::State::lists "${root}/lists"`,
    `Dir::State::status "${root}/status"`,
    `Dir::Cache "${root}/cache"`,
    `Dir::Etc "${root}"`,
    'Dir::Etc::main "/dev/null"',
    'Dir::Etc::parts "/dev/null"',
    `Dir::Etc::sourcelist "${root}/sources.list"`,
    'Dir::Etc::sourceparts "/dev/null"',
    'Dir::Etc::preferencesparts "/dev/null"',
    'APT::Architecture "amd64"',
    'APT::Architectures { "amd64"; }',
    'APT::Solver "internal"',
    'APT::Get::Show-User-Simulation-Note "false"'
  ].map((line) => `${line};
`).join("");
}
function aptOver(archive) {
  const root = mkdtempSync(join(tmpdir(), "tbuild-apt-"));
  const lists = join(root, "lists");
  mkdirSync(join(lists, "partial"), { recursive: true });
  mkdirSync(join(root, "cache", "archives", "partial"), { recursive: true });
  const prefix = join(lists, "deb.debian.org_debian_dists_bookworm");
  symlinkSync(join(archive, "dists/bookworm/InRelease"), `${prefix}_InRelease`);
  symlinkSync(join(archive, "dists/bookworm/main/binary-amd64/Packages"), `${prefix}_main_binary-amd64_Packages`);
  const source = `deb [signed-by=${DEBIAN_KEYRING}] http://deb.debian.org/debian bookworm main
`;
  writeFileSync(join(root, "sources.list"), source);
  writeFileSync(join(root, "status"), "");
  writeFileSync(join(root, "apt.conf"), renderConfiguration(root));
  const env = { APT_CONFIG: join(root, "apt.conf"), LC_ALL: "C.UTF-8" };
  return {
    async install(names2) {
      const args = ["install", "-s", "-q", "--no-install-recommends", ...names2];
      const { status, stdout, stderr } = await run("apt-get", args, { env });
      if (status !== 0) return { refused: `${stdout}${stderr}` };
      return [...stdout.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => `${name} ${version}`).sort();
    },
    close: () => rmSync(root, { recursive: true, force: true })
  };
}

// ../../tmp/w4/t3.mts
var names = process.env.NAMES.split(/\s+/);
var available = await parsePackages(createReadStream("/work/main/.ci/debian/dists/bookworm/main/binary-amd64/Packages", { highWaterMark: 256 * 1024 }), { what: "P", suite: "bookworm" });
var apt = aptOver("/work/main/.ci/debian");
for (const n of names) {
  const t = performance.now();
  let ours = [];
  try {
    ours = choosePackages({ architecture: "amd64", available, held: [], requests: [{ name: n }], exclude: [], recommends: false, essential: false }).packages.map((p) => `${p.name} ${p.version}`).sort();
  } catch (e) {
    console.log(n, e.code, e.message, e.hint);
  }
  const t1 = performance.now();
  const theirs = await apt.install([n]);
  const t2 = performance.now();
  if ("refused" in theirs) {
    console.log(n, "REFUSED", theirs.refused);
    continue;
  }
  const plus = ours.filter((x) => !theirs.includes(x)), minus = theirs.filter((x) => !ours.includes(x));
  console.log(n, ours.length, theirs.length, (t1 - t).toFixed(0), (t2 - t1).toFixed(0), plus.length + minus.length ? `+ours: ${plus} | +apt: ${minus}` : "ok");
}
apt.close();
