import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from './alternate.mjs';
import { gzipBuild, zstdBuild } from './experiments/cold-build.mjs';
import { observe } from './experiments/observe.mjs';
import { packages } from './experiments/packages.mjs';
import { startUp } from './experiments/start-up.mjs';
import { transfers } from './experiments/transfers.mjs';
import { unchanged } from './experiments/unchanged.mjs';
import { MEMORY_LIMIT } from './rows.mjs';

const EXPERIMENTS = { gzip: gzipBuild, zstd: zstdBuild, unchanged, start: startUp, packages, transfers };

/** What takes milliseconds is run more often: of 5 rounds, 21. */
const roundsOf = (experiment, rounds) => (experiment === 'start' ? rounds * 4 + 1 : rounds);

/** Prepares contenders. @returns why those that cannot run cannot, by name */
function prepareAll(contenders) {
  const reasons = new Map();
  for (const { name, prepare } of contenders) {
    try {
      prepare?.();
    } catch (error) {
      reasons.set(name, error.message);
    }
  }
  return reasons;
}

/** One experiment, for all rows that are about it. */
async function timed(rows, context, rounds) {
  const [{ experiment, corpus }] = rows;
  const all = await EXPERIMENTS[experiment](context, corpus);
  try {
    const wanted = all.filter(({ name }) => rows.some(({ ours, peer }) => ours === name || peer === name));
    const reasons = prepareAll(wanted);
    const able = wanted.filter(({ name }) => !reasons.has(name));
    const { scratch, tell } = context;
    const results = await alternate(able, { rounds: roundsOf(experiment, rounds), scratch, tell });
    const sideOf = (name) => ({ name, values: [], failed: reasons.get(name), ...results.get(name) });
    return rows.map((row) => joined(row, sideOf(row.ours), sideOf(row.peer)));
  } finally {
    all.stop?.();
  }
}

function joined(row, { failed, ...ours }, { failed: peerFailed, ...peer }) {
  const reason = failed ?? peerFailed;
  return reason === undefined ? { ...row, ours, peer } : { ...row, failed: reason };
}

/** Rows about one value each: of memory against its limit, or of `value` against `reference`. */
function valued(rows, memory, value, reference) {
  return rows.map((row) => {
    const [mine, theirs] = row.ours === 'memory' ? [memory, MEMORY_LIMIT] : [value, reference];
    return { ...row, ours: { name: row.ours, values: [mine] }, peer: { name: row.peer, values: [theirs] } };
  });
}

const told = ({ time, memory }) => `${(time / 1000).toFixed(1)} s, ${(memory / 1e6).toFixed(0)} MB`;

function observed(rows, context) {
  const [{ corpus }] = rows;
  const seen = observe(
    context,
    corpus,
    rows.some(({ ours }) => ours === 'size'),
  );
  context.tell(told(seen));
  return valued(rows, seen.memory, seen.size, seen.gzipSize);
}

function tenfold(rows, context) {
  const [{ corpus }] = rows;
  const one = observe(context, corpus, false);
  const ten = observe(context, `${corpus}-tenfold`, false);
  context.tell(`1 ×: ${told(one)}; 10 ×: ${told(ten)}`);
  return valued(rows, ten.memory, ten.time, one.time);
}

/** Rows that are measured together, in the order of the first of each. */
function groupsOf(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = [row.measure, row.experiment, row.corpus].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups.values();
}

async function measureGroup(rows, context, rounds) {
  const [{ measure: how }] = rows;
  try {
    if (how === 'time') return await timed(rows, context, rounds);
    return how === 'observe' ? observed(rows, context) : tenfold(rows, context);
  } catch (error) {
    context.tell(`failed: ${error.message}`);
    return rows.map((row) => ({ ...row, failed: error.message }));
  }
}

/**
 * Measures rows, those of one experiment together; rows that are `missing` stay as they are.
 * @returns the rows in their order, each with `ours` and `peer` as `name` and `values`, or with `failed`, why it is not
 */
export async function measure(rows, context, rounds) {
  const results = new Map(rows.map((row) => [row.id, row]));
  for (const group of groupsOf(rows.filter(({ missing }) => missing === undefined))) {
    const [{ measure: how, experiment, corpus }] = group;
    context.tell([experiment ?? how, corpus].filter((word) => word !== undefined).join(' '));
    const scratch = join(context.scratch, 'now');
    mkdirSync(scratch);
    for (const row of await measureGroup(group, { ...context, scratch }, rounds)) results.set(row.id, row);
    rmSync(scratch, { recursive: true, force: true });
  }
  return [...results.values()];
}
