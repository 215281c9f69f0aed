import { type ConfigFault, routeError, type RouteErrorOf } from '../domain/route-error.ts';

/** The error of an argument that cannot be used. It is raised before any I/O. */
export function invalidParameter(parameter: string, problem: string): RouteErrorOf<'INVALID_PARAMETER'> {
  return invalidParameters([{ name: parameter, problem }]);
}

/** Like {@link invalidParameter}, for several faults at once. */
export function invalidParameters(faults: readonly ConfigFault[]): RouteErrorOf<'INVALID_PARAMETER'> {
  const list = sentence(faults.map(({ name, problem }) => `${name} ${problem}`));
  const { name: parameter = '', problem = '' } = faults[0] ?? {};
  return routeError('INVALID_PARAMETER', list, { parameter, problem, faults });
}

/** The error of a configuration, or of a constructor's options, with every fault at once. */
export function invalidConfig(faults: readonly ConfigFault[]): RouteErrorOf<'INVALID_CONFIG'> {
  const list = sentence(faults.map(({ name, problem }) => `${name}: ${problem}`));
  return routeError('INVALID_CONFIG', `The configuration cannot be used. ${list}`, { faults });
}

/** Joins problems to one sentence. The last one may end with a full stop or question mark already. */
function sentence(parts: readonly string[]): string {
  const text = parts.join('; ');
  return /[.?]$/.test(text) ? text : `${text}.`;
}
