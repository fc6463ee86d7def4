import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byNeeds } from '../../src/operations/by-needs.js';

interface Item {
  readonly name: string;
  readonly needs: readonly string[];
}

const graph = (needs: Readonly<Record<string, readonly string[]>>) => ({
  items: Object.entries(needs).map(([name, wanted]): Item => ({ name, needs: wanted })),
  nameOf: ({ name }: Item) => name,
  needsOf: (item: Item) => item.needs,
});

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await Promise.resolve();
};

describe('work in the order of needs', () => {
  it('is done once for each, after all that it needs, in whatever order they are listed', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 12 }), fc.nat(), async (numbers, seed) => {
        const needs = Object.fromEntries(
          numbers.map((number, i) => [
            `n${i}`,
            numbers.slice(0, i).flatMap((_, k) => ((number >> k) & 1 ? [`n${k}`] : [])),
          ]),
        );
        const entries = Object.entries(needs).sort(
          ([a], [b]) => ((Number(a.slice(1)) * seed) % 7) - ((Number(b.slice(1)) * seed) % 7),
        );
        const done: string[] = [];
        await byNeeds(graph(Object.fromEntries(entries)), async ({ name, needs: wanted }) => {
          expect(done).toEqual(expect.arrayContaining([...wanted]));
          await turns((Number(name.slice(1)) * 5) % 11);
          done.push(name);
        });
        expect([...done].sort()).toEqual(Object.keys(needs).sort());
      }),
    ));

  it('goes on with what needs nothing of the rest', async () => {
    const events: string[] = [];
    await byNeeds(graph({ slow: [], quick: [], after: ['quick'] }), async ({ name }) => {
      events.push(`begin ${name}`);
      await turns(name === 'slow' ? 50 : 1);
      events.push(`end ${name}`);
    });
    expect(events.indexOf('end after')).toBeLessThan(events.indexOf('end slow'));
  });

  it('begins nothing more after a failure, and lets what was begun end', async () => {
    const events: string[] = [];
    const work = byNeeds(graph({ slow: [], fails: [], after: ['slow'] }), async ({ name }, halt) => {
      events.push(`begin ${name}`);
      await turns(name === 'slow' ? 50 : 1);
      if (name === 'fails') throw new Error(name);
      events.push(`end ${name} ${halt.isStopped}`);
    });
    await expect(work).rejects.toThrow('fails');
    expect(events).toEqual(['begin slow', 'begin fails', 'end slow true']);
  });

  it('tells of the first that failed in the order of the list, not of time', async () => {
    const work = byNeeds(graph({ first: [], second: [], third: [] }), async ({ name }) => {
      await turns({ first: 30, second: 20, third: 1 }[name]!);
      throw new Error(name);
    });
    await expect(work).rejects.toThrow('first');
  });

  it('may fail with nothing', async () => {
    await expect(byNeeds(graph({ a: [] }), () => Promise.reject(undefined))).rejects.toBeUndefined();
  });
});
