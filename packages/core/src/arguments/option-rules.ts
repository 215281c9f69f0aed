import type { CallOptions } from '../domain/call-options.ts';
import { type ConfigFault, isRouteError } from '../domain/route-error.ts';
import { type Check, checkDuration, checkSignal } from './checks.ts';
import { invalidConfig, invalidParameter, invalidParameters } from './faults.ts';
import { nearName } from './near-name.ts';

/** The check of each option, by its name. Other names are refused. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: Check };

/** Rules beside those of single options. */
export interface OptionsCheckInit {
  /** The names that must be given. */
  readonly required?: readonly string[] | undefined;
  /** Options that must not be given, unless as `false`, together with another one. */
  readonly excludes?: Readonly<Record<string, string>> | undefined;
  /** Any other check of how options go together. */
  readonly together?: ((options: Readonly<Record<string, unknown>>) => void) | undefined;
}

const none: Readonly<Record<string, never>> = {};

/**
 * Makes the check of an options object. The value must be an object or `undefined`, with known names only, each with a valid
 * value. An option that is `undefined` counts as not given. The error has every fault.
 */
export function optionsCheck<Options>(rules: OptionRules<Options>, init: OptionsCheckInit = {}): Check {
  const { required } = init;
  const faultsIn = optionFaults(rules, init);
  return (value, parameter = 'options') => {
    if (value === undefined && !required) return;
    const faults = faultsIn(value === undefined ? none : value, parameter);
    if (faults) throw invalidParameters(faults);
  };
}

/** Like {@link optionsCheck}, but returns the faults, or `undefined` if there are none. Allocates nothing for valid options. */
export function optionFaults<Options>(
  rules: OptionRules<Options>,
  { required = [], excludes = none, together }: OptionsCheckInit = {},
): (value: unknown, parameter: string) => ConfigFault[] | undefined {
  // A Map, since an object would also know names such as "constructor".
  const checks = new Map<string, Check>(Object.entries(rules));
  return (value, parameter) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return [{ name: parameter, problem: 'must be an object' }];
    }
    const options = value as Readonly<Record<string, unknown>>;
    let faults: ConfigFault[] | undefined;
    for (const name in options) {
      const given = options[name];
      if (given === undefined) continue;
      const check = checks.get(name);
      try {
        if (!check) (faults ??= []).push(unknownName(name, checks.keys()));
        else check(given, name);
      } catch (error) {
        (faults ??= []).push(...faultsOfError(error));
      }
    }
    for (const name of required) {
      if (options[name] === undefined) (faults ??= []).push({ name, problem: 'must be given' });
    }
    for (const name in excludes) {
      const isGiven = options[name] !== undefined && options[name] !== false;
      const other = excludes[name]!;
      if (isGiven && options[other] !== undefined) {
        (faults ??= []).push({ name, problem: `excludes ${other}` });
      }
    }
    const beside = together && faultsOf(() => together(options));
    return faults && beside ? [...faults, ...beside] : (faults ?? beside);
  };
}

/** The faults that a check throws; `undefined` if it throws none. */
export function faultsOf(check: () => void): ConfigFault[] | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return faultsOfError(error);
  }
}

function faultsOfError(error: unknown): ConfigFault[] {
  if (isRouteError(error, 'INVALID_PARAMETER') || isRouteError(error, 'INVALID_CONFIG'))
    return [...error.faults];
  throw error;
}

/** An error lists all valid names if there are no more than this. */
const LISTED_NAMES_MAX = 16;

/** The fault of an unknown name: suggests the nearest valid one, else lists them all. */
export function unknownName(name: string, names: Iterable<string>): ConfigFault {
  const known = [...names];
  const near = nearName(name, known);
  if (near !== undefined) return { name, problem: `is unknown; did you mean ${near}?` };
  const all = known.length > LISTED_NAMES_MAX ? '' : `; the names are ${known.join(', ')}`;
  return { name, problem: `is unknown${all}` };
}

/** Makes the check of options within options. Faults carry both names, as in `drain.onHandOff`. */
export function nestedCheck<Options>(rules: OptionRules<Options>, init?: OptionsCheckInit): Check {
  const faultsIn = optionFaults(rules, init);
  return (value, parameter = 'options') => {
    const faults = faultsIn(value, parameter);
    if (!faults) return;
    const named = ({ name, problem }: ConfigFault): ConfigFault => ({
      name: name === parameter ? name : `${parameter}.${name}`,
      problem,
    });
    throw invalidParameters(faults.map(named));
  };
}

/** Like {@link optionsCheck}, but the check throws `INVALID_CONFIG`: for options of a constructor or factory. */
export function configCheck<Options>(rules: OptionRules<Options>, init?: OptionsCheckInit): Check {
  const check = optionsCheck(rules, init);
  return (value, parameter) => {
    const faults = faultsOf(() => check(value, parameter));
    if (faults) throw invalidConfig(faults);
  };
}

/** The rules of {@link CallOptions}, for options that extend them. */
export const callRules: OptionRules<CallOptions> = { signal: checkSignal, timeoutMs: checkDuration };

/** Checks the options of a call that takes no others. */
export const checkCallOptions: Check = optionsCheck(callRules);

/** Checks the deadline and the signal of a call, whatever other options it takes. */
export function checkCallBounds(value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter('options', 'must be an object');
  }
  const { timeoutMs, signal } = value as { readonly timeoutMs?: unknown; readonly signal?: unknown };
  // Every call passes here: both are checked at once only where there may be two faults.
  if (signal === undefined) {
    if (timeoutMs !== undefined) checkDuration(timeoutMs, 'timeoutMs');
  } else checkCallOptions({ timeoutMs, signal });
}
