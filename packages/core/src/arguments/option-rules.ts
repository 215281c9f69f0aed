import { type ConfigFault, isRouteError } from '../domain/route-error.ts';
import { invalidConfig, invalidParameters } from './names.ts';
import { nearName } from './near-name.ts';

/** Refuses a value with `INVALID_PARAMETER`; the parameter is what the error calls it. */
export type Check = (value: unknown, parameter?: string) => void;

/** Every name that an options object may have, each with the check of its value. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: Check };

const none = {};

/** What holds between options that are each right by themselves. */
type CheckTogether = (options: Readonly<Record<string, unknown>>) => void;

/** How options are checked beside their rules. */
export interface OptionsCheckInit {
  /** The names that must be given. */
  readonly required?: readonly string[] | undefined;
  readonly together?: CheckTogether | undefined;
}

/**
 * Makes the check of an options object: an object or nothing, of known names only, each with a value of its kind. A value that
 * is `undefined` is not given. Every fault is told at once.
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

/** As {@link optionsCheck}, but returns the faults; `undefined` where there are none, without any cost. */
export function optionFaults<Options>(
  rules: OptionRules<Options>,
  { required = [], together }: OptionsCheckInit = {},
): (value: unknown, parameter: string) => ConfigFault[] | undefined {
  // Not the object itself: it would know names such as "constructor".
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
    const beside = together && faultsOf(() => together(options));
    return faults && beside ? [...faults, ...beside] : (faults ?? beside);
  };
}

/** What a check refuses; `undefined` where it refuses nothing. */
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

/** How many names are told to somebody whose own is near to none of them. */
const TOLD_NAMES_MAX = 16;

/** The fault of a name that nothing has. */
export function unknownName(name: string, names: Iterable<string>): ConfigFault {
  const known = [...names];
  const near = nearName(name, known);
  if (near !== undefined) return { name, problem: `is unknown; did you mean ${near}?` };
  const all = known.length > TOLD_NAMES_MAX ? '' : `; the names are ${known.join(', ')}`;
  return { name, problem: `is unknown${all}` };
}

/** A check of options within options: their faults are named by both, as in `drain.onHandOff`. */
export function nestedCheck<Options>(rules: OptionRules<Options>): Check {
  const faultsIn = optionFaults(rules);
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

/**
 * Checks the options that something is made of.
 *
 * @throws `INVALID_CONFIG` with every fault at once.
 */
export function configCheck<Options>(rules: OptionRules<Options>, init?: OptionsCheckInit): Check {
  const check = optionsCheck(rules, init);
  return (value, parameter) => {
    const faults = faultsOf(() => check(value, parameter));
    if (faults) throw invalidConfig(faults);
  };
}
