import type { Profiler } from 'node:inspector';

/** How long a function itself ran, without what it called. */
export interface SelfTime {
  readonly name: string;
  /** The package's name and the file in it; empty for what is V8's own, such as the garbage collector. */
  readonly place: string;
  readonly us: number;
}

/** What a process did, by the function that ran. Idle time is left out. */
export function selfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, SelfTime>();
  for (const [at, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)!;
    if (functionName === '(idle)') continue;
    const name = functionName || '(anonymous)';
    const place = url === '' ? '' : `${placeOf(url)}:${lineNumber + 1}`;
    const key = `${name} ${place}`;
    // The delta is the time since the sample before.
    times.set(key, { name, place, us: (times.get(key)?.us ?? 0) + (timeDeltas[at] ?? 0) });
  }
  return [...times.values()].toSorted((a, b) => b.us - a.us);
}

/** The same by package; `node` is Node itself. What is V8's own has its own names. */
export function byPackage(times: readonly SelfTime[]): SelfTime[] {
  const packages = new Map<string, number>();
  for (const { name, place, us } of times) {
    const owner = /^(?:@[^/]+\/)?[^/:]+/.exec(place)?.[0] ?? name;
    packages.set(owner, (packages.get(owner) ?? 0) + us);
  }
  return [...packages].map(([name, us]) => ({ name, place: '', us })).toSorted((a, b) => b.us - a.us);
}

/** `package/file`, from the last folder that names a package. */
function placeOf(url: string): string {
  if (url.startsWith('node:')) return `node/${url.slice('node:'.length)}`;
  return /.*\/(?:node_modules|packages|apps)\/(.+)$/.exec(url)?.[1] ?? url;
}
