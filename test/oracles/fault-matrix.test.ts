import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { FAULTS } from '../support/registry/fault-table.js';
import { type Cell, ENDINGS, MATRIX, OPERATION_NAMES } from './fault-matrix.js';
import { type Images, makeImages, type Operation, operationsOn } from './fault-operations.js';
import { type CountedWorld, damageIn, exchangesOf, makeWell, openWorld, secretsIn, visibleIn } from './fault-world.js';
import { LASTING_FAULTS, type LastingFault } from './lasting-faults.js';

/** Of one cell. */
const REAL_MS_MAX = 10_000;
/** All the waits of a cell together, had they been waited. */
const WAITS_MS_MAX = 20_000;
const REQUESTS_MAX = 60;
/** What may be read before it is found to be too much. */
const TOO_MUCH_BYTES = 256 * 1024;
/** The largest blob, twice: by the faults that let all of it come, and then say no. */
const SENT_IN_VAIN_BYTES = 2 * 3_000_000;
const USUAL_TIMEOUT_MS = 5000;
const SHORT_TIMEOUT_MS = 300;

const ALL_FAULTS: readonly LastingFault[] = [...FAULTS, ...LASTING_FAULTS];

const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);
let images: Images;
let operations: Readonly<Record<string, Operation>>;
/** The exchanges of each operation without any fault. */
const usual = new Map<string, readonly string[]>();

async function endingOf(work: Promise<unknown>): Promise<'success' | TbuildError> {
  try {
    await work;
    return 'success';
  } catch (error) {
    if (error instanceof TbuildError) return error;
    throw error;
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function expectBounded({ lab, well, counts }: CountedWorld, { bytes }: Operation, milliseconds: number): void {
  const requests = [...lab.requests, ...well.requests];
  expect(milliseconds).toBeLessThan(REAL_MS_MAX);
  expect(sum(counts.waits)).toBeLessThan(WAITS_MS_MAX);
  expect(requests.length).toBeLessThanOrEqual(REQUESTS_MAX);
  expect(counts.receivedBytes).toBeLessThan(bytes + TOO_MUCH_BYTES);
  expect(sum(requests.map(({ receivedBytes }) => receivedBytes))).toBeLessThan(bytes + SENT_IN_VAIN_BYTES);
}

/** No secret is told; who is not the registry gets no authorization, and a stranger gets nothing at all. */
function expectDiscreet({ lab, events }: CountedWorld, ending: unknown): void {
  expect(secretsIn(inspect([ending, events], { depth: 10, maxStringLength: null }), lab)).toEqual([]);
  const others = lab.requests.filter(({ server }) => server === 'elsewhere' || server === 'stranger');
  expect(others.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  expect(others.filter(({ server }) => server === 'stranger')).toEqual([]);
}

/** How a cell ends. What fails shows nothing to anybody, and goes well once the fault is gone. */
async function tryCell(world: CountedWorld, name: string, fault: LastingFault): Promise<string> {
  const operation = operations[name]!;
  const before = visibleIn(world);
  fault.apply(world.lab);
  const started = performance.now();
  const ending = await endingOf(operation.run(world));
  expectBounded(world, operation, performance.now() - started);
  expectDiscreet(world, ending);
  expect(damageIn(world)).toEqual([]);
  if (ending === 'success') return isDeepStrictEqual(exchangesOf(world), usual.get(name)) ? '-' : '.';
  expect(visibleIn(world)).toEqual(before);
  if (fault.isFinal !== true) {
    makeWell(world.lab);
    const network = { ...world.options.network, timeoutMs: USUAL_TIMEOUT_MS };
    await operation.run({ ...world, options: { ...world.options, network } });
  }
  return ending.code;
}

/** What did not go as it must is the ending, so that a whole row is seen at once. */
async function endingOfCell({ operation, letter }: Cell, fault: LastingFault): Promise<string> {
  const mayStall = fault.stalls === true && letter !== '-';
  const world = await openWorld(images, mayStall ? SHORT_TIMEOUT_MS : USUAL_TIMEOUT_MS);
  try {
    return await tryCell(world, operation, fault);
  } catch (error) {
    return `${error instanceof Error ? error.stack : error}`;
  } finally {
    await world.close();
  }
}

const expectedOf = ({ letter }: Cell): string | undefined => ('.-'.includes(letter) ? letter : ENDINGS[letter]);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  images = await makeImages();
  operations = operationsOn(images);
  for (const name of OPERATION_NAMES) {
    const world = await openWorld(images, USUAL_TIMEOUT_MS);
    await operations[name]!.run(world);
    usual.set(name, exchangesOf(world));
    await world.close();
  }
});
afterAll(() => void process.off('unhandledRejection', onRejection));

describe('the matrix of operations and faults', () => {
  it('has all of them', () => {
    expect(OPERATION_NAMES).toEqual(Object.keys(operations));
    expect(MATRIX.map(({ fault }) => fault)).toEqual(ALL_FAULTS.map(({ name }) => name));
    expect([OPERATION_NAMES.length, MATRIX.length]).toEqual([11, 51]);
  });

  it.each(MATRIX)('says how everything ends with $fault', async ({ fault: name, cells }) => {
    const fault = ALL_FAULTS.find((item) => item.name === name)!;
    const endings = await Promise.all(cells.map((cell) => endingOfCell(cell, fault)));
    // A rejection that nobody waits for is reported after the promises of this turn.
    await new Promise((resolve) => setImmediate(resolve));
    const byOperation = (values: readonly unknown[]) =>
      Object.fromEntries(values.map((value, column) => [OPERATION_NAMES[column], value]));
    expect(byOperation(endings)).toEqual(byOperation(cells.map(expectedOf)));
    expect(rejections.splice(0)).toEqual([]);
  });
});
