import { writeFile } from 'node:fs/promises';
import { exitStatusOf, output } from '@stateful-route/lab/command-line';
import { parseProfileOptions, type ProfileOptions } from '../cli/profile-options.ts';
import { type BenchLab, inLab } from '../lab/bench-lab.ts';
import { standalone, type Store, threeMasters } from '../lab/stores.ts';
import { figure } from '../report/metric-line.ts';
import { claimWork } from '../work/claims.ts';
import { lookUpWork } from '../work/look-ups.ts';
import { placementWork } from '../work/placements.ts';
import type { Work } from '../work/work.ts';
import { profileSide } from './profile-side.ts';
import { byPackage, type SelfTime, selfTimes } from './self-times.ts';

const SEED = 1;
const LOOP_MS = 1_000;
/** The rest take next to nothing. */
const PACKAGES = 12;

type WorkOf = (lab: BenchLab, store: Store) => Promise<Work<string>>;

const WORKS: Readonly<Record<ProfileOptions['calls'], WorkOf>> = {
  'look-ups': (lab, store) => lookUpWork(lab, store, 1),
  placements: (lab, store) => placementWork(lab, store, SEED),
  claims: claimWork,
};

/** Profiles one side of a kind of calls. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseProfileOptions(args, output);
  const { calls: kind, side: name, inFlight, seconds, top, cluster, url, out, json } = options;
  return inLab({ url }, async (lab) => {
    const store = await (cluster ? threeMasters(lab) : standalone(lab));
    const work = await WORKS[kind](lab, store);
    const sides = await work.sides({ callers: inFlight, forMs: LOOP_MS });
    const side = sides[name];
    if (!side) throw new Error(`${kind} have no side ${name}, only ${Object.keys(sides).join(', ')}.`);
    await work.prepare?.();
    const { profile, ...costs } = await profileSide(side, seconds, store.bare.raw);
    const functions = selfTimes(profile);
    const lines = (times: readonly SelfTime[]): string[] => timeLines(times, functions, costs.calls);
    print(
      `${kind}, ${name}, ${inFlight} in flight${cluster ? ', on three masters' : ''}: ` +
        `${figure(costs.perSecond)}/s; processor time of a call: ${figure(costs.callerUs)} µs of the caller, ` +
        `${figure(costs.serversUs)} µs of the servers`,
      '',
      "The caller's time by package, and by function without what it calls:",
      ...lines(byPackage(functions).slice(0, PACKAGES)),
      '',
      ...lines(functions.slice(0, top)),
    );
    if (out !== undefined) await writeFile(out, JSON.stringify(profile));
    if (json) print(JSON.stringify({ ...costs, functions: functions.slice(0, top) }));
    return 0;
  });
}

function timeLines(times: readonly SelfTime[], all: readonly SelfTime[], calls: number): string[] {
  const total = all.reduce((sum, { us }) => sum + us, 0);
  return times.map(({ name, place, us }) => {
    const share = `${((us / total) * 100).toFixed(1)} %`;
    return `${share.padStart(7)} ${(us / calls).toFixed(2).padStart(7)} µs  ${name.padEnd(32)} ${place}`.trimEnd();
  });
}

function print(...lines: readonly string[]): void {
  output.out(`${lines.join('\n')}\n`);
}

// Ends the servers that are still running.
process.exit(await exitStatusOf(main));
