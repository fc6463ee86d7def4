import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseChallenge } from '../../../src/store/registry/authorise.js';
import { parseChallenges } from '../../../src/store/registry/challenge.js';

const shown = (...headers: string[]) =>
  parseChallenges(headers).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('challenges', () => {
  const realm = 'https://auth.test/token';
  const cases: readonly (readonly [string, readonly string[], unknown])[] = [
    [
      'one',
      [`Bearer realm="${realm}",service="s",scope="repository:a/b:pull"`],
      [['bearer', { realm, service: 's', scope: 'repository:a/b:pull' }]],
    ],
    [
      'the scope first',
      [`Bearer scope="repository:a/b:pull",realm="${realm}"`],
      [['bearer', { scope: 'repository:a/b:pull', realm }]],
    ],
    [
      'commas in quotes',
      ['Bearer realm="r",scope="repository:a/b:pull,push"'],
      [['bearer', { realm: 'r', scope: 'repository:a/b:pull,push' }]],
    ],
    ['names in any case', ['BEARER Realm="r",SERVICE="s"'], [['bearer', { realm: 'r', service: 's' }]]],
    [
      'several in one header',
      ['Negotiate, Basic realm="b", Bearer realm="r",service="s"'],
      [
        ['negotiate', {}],
        ['basic', { realm: 'b' }],
        ['bearer', { realm: 'r', service: 's' }],
      ],
    ],
    [
      'several headers',
      ['Basic realm="b"', 'Bearer realm="r"'],
      [
        ['basic', { realm: 'b' }],
        ['bearer', { realm: 'r' }],
      ],
    ],
    [
      'one with a token',
      ['Negotiate abc+/==, Basic realm="b"'],
      [
        ['negotiate', {}],
        ['basic', { realm: 'b' }],
      ],
    ],
    ['escapes in quotes', ['Basic realm="a \\"quoted\\" \\\\ word"'], [['basic', { realm: 'a "quoted" \\ word' }]]],
    [
      'white space anywhere',
      ['  Bearer   realm = "r" ,\t service\t=\t"s"  '],
      [['bearer', { realm: 'r', service: 's' }]],
    ],
    ['no commas', ['Bearer realm="r" service="s"'], [['bearer', { realm: 'r', service: 's' }]]],
    ['addresses without quotes', [`Bearer realm=${realm},service=s`], [['bearer', { realm, service: 's' }]]],
    ['an empty value', ['Bearer realm="r",scope=""'], [['bearer', { realm: 'r', scope: '' }]]],
    ['a scope in parts', ['Bearer realm="r",scope="a",scope="b"'], [['bearer', { realm: 'r', scope: 'a b' }]]],
    ['two realms', ['Bearer realm="r",realm="other", Basic realm="b"'], [['basic', { realm: 'b' }]]],
    ['a quote without end', ['Bearer realm="r",service="s'], [['bearer', { realm: 'r' }]]],
    ['a parameter without a scheme', ['realm="r"'], []],
    ['nothing', [''], []],
    ['commas only', [',,,'], []],
  ];
  it.each(cases)('with %s', (_, headers, expected) => {
    expect(shown(...headers)).toEqual(expected);
  });

  it('end for any text, in time that grows with its length', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 4000, unit: fc.constantFrom('"', '\\', ',', '=', ' ', 'a', 'Basic ') }),
        (text) => {
          for (const { scheme } of parseChallenges([text])) expect(scheme).not.toBe('');
        },
      ),
    );
  });

  const chosen = (...headers: string[]) => chooseChallenge(parseChallenges(headers))?.scheme;

  it('are answered with a token where that can be', () => {
    expect(chosen('Basic realm="b"', 'Bearer realm="r"')).toBe('bearer');
    expect(chosen('Basic realm="b", Bearer service="no realm"')).toBe('basic');
    expect(chosen('Negotiate')).toBeUndefined();
  });
});
