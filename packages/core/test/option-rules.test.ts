import {
  checkCallOptions,
  checkClaimOptions,
  checkDuration,
  checkFlag,
  checkRemoveWithIdOptions,
  configCheck,
  DURATION_MAX_MS,
  faultsOf,
  nestedCheck,
  type OptionRules,
  optionsCheck,
} from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface Oven {
  readonly heatMs?: number | undefined;
  readonly isLit?: boolean | undefined;
}
const rules: OptionRules<Oven> = { heatMs: checkDuration, isLit: checkFlag };
const checkOven = optionsCheck(rules);

const faultNames = (check: () => void): string[] | undefined => faultsOf(check)?.map(({ name }) => name);

describe('options', () => {
  it('are an object or nothing', () => {
    for (const good of [undefined, {}, { heatMs: 1 }, { heatMs: undefined }, Object.create(null) as object]) {
      expect(faultNames(() => checkOven(good))).toBe(undefined);
    }
    for (const bad of [null, 'heatMs', 7, true, [], () => {}]) {
      expect(faultNames(() => checkOven(bad))).toEqual(['options']);
    }
  });

  it('have known names only, and no inherited ones', () => {
    const own = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const name of own) {
      expect(faultNames(() => checkOven(Object.fromEntries([[name, 1]])))).toEqual([name]);
    }
    fc.assert(
      fc.property(fc.string(), (name) => {
        fc.pre(!(name in rules));
        expect(faultNames(() => checkOven(Object.fromEntries([[name, 1]])))).toEqual([name]);
      }),
    );
  });

  it('report every fault at once', () => {
    const check = (): void => checkOven({ heatMs: 0, isLitt: true, isLit: 'yes' });
    expect(faultNames(check)).toEqual(['heatMs', 'isLitt', 'isLit']);
    expect(check).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMETER',
        parameter: 'heatMs',
        message: `heatMs must be a number of ms above 0 and at most ${DURATION_MAX_MS}; isLitt is unknown; did you mean isLit?; isLit must be true or false.`,
      }),
    );
  });

  it.each([
    ['heatms', 'heatMs'],
    ['heat', 'heatMs'],
    ['heatMss', 'heatMs'],
    ['isLIT', 'isLit'],
  ])('%s: did you mean %s?', (given, meant) => {
    expect(() => checkOven({ [given]: 1 })).toThrow(`${given} is unknown; did you mean ${meant}?`);
  });

  it.for(['x', 'is', 'cake', 'temperature'])('nothing is suggested for %s', (given) => {
    expect(() => checkOven({ [given]: 1 })).toThrow(`${given} is unknown; the names are heatMs, isLit.`);
  });

  it('of a constructor fail with INVALID_CONFIG', () => {
    const check = configCheck({ oven: nestedCheck(rules), name: () => {} }, { required: ['name'] });
    const faulty = (): void => check({ oven: { isLitt: true, heatMs: -1 } });
    expect(faulty).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    expect(faultNames(faulty)).toEqual(['oven.isLitt', 'oven.heatMs', 'name']);
    expect(faultNames(() => check(undefined))).toEqual(['name']);
    expect(faultNames(() => check({ name: 'a', oven: null }))).toEqual(['oven']);
  });

  it('of a call refuse names of other calls', () => {
    expect(faultNames(() => checkCallOptions({ minToken: 1 }))).toEqual(['minToken']);
    expect(faultNames(() => checkClaimOptions({ minToken: 1, keepSeconds: 1 }))).toEqual(['keepSeconds']);
    expect(faultNames(() => checkRemoveWithIdOptions({ token: 1, onlyIfTemporary: true }))).toEqual([
      'onlyIfTemporary',
    ]);
  });

  it('refuse a wait that is too long for a timer', () => {
    for (const timeoutMs of [DURATION_MAX_MS + 1, 3e9, Number.POSITIVE_INFINITY, Number.NaN, 0, -1]) {
      expect(faultNames(() => checkCallOptions({ timeoutMs }))).toEqual(['timeoutMs']);
    }
    expect(faultNames(() => checkCallOptions({ timeoutMs: DURATION_MAX_MS }))).toBe(undefined);
  });
});
