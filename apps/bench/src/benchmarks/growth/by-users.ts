import { seededRandom } from '@stateful-route/core/testing';
import type { BenchContext } from '../../benchmark.ts';
import { type BenchLab, SERVICE } from '../../lab/bench-lab.ts';
import { shuffled } from '../../lab/shuffled.ts';
import { uids } from '../../lab/uids.ts';
import { median } from '../../measure/estimate.ts';
import { scaled } from '../../measure/metric.ts';
import { interleaved } from '../../measure/rounds.ts';
import { timedPasses } from '../../measure/timed-passes.ts';
import type { Plot } from '../../report/figure.ts';
import { CALLS, growingGateway, knownRate, NAMESPACE } from './growing-gateway.ts';

const USERS = [100, 1_000, 10_000, 100_000, 500_000];

/** A known user, by the number of users that the gateway knows. */
export async function costByUsers(lab: BenchLab, { rounds, scale, seed, say }: BenchContext): Promise<Plot> {
  const ours: [number, number][] = [];
  const bare: [number, number][] = [];
  for (const wanted of USERS) {
    say(`${wanted} users`);
    const users = uids(scaled(wanted, scale, 10));
    const route = await growingGateway(lab);
    const map = new Map<string, number>();
    for (const [at, uid] of users.entries()) {
      route.client.setCache(NAMESPACE, uid, SERVICE, at % 20);
      map.set(uid, at % 20);
    }
    const order = shuffled(users, seededRandom(seed));
    const passes = Math.ceil((CALLS * scale) / users.length);
    const rates = await interleaved(rounds, {
      ours: () => knownRate(route.client, order, passes, [SERVICE]),
      bare: () => mapRate(map, order, passes),
    });
    ours.push([users.length, 1e9 / median(rates.ours)]);
    bare.push([users.length, 1e9 / median(rates.bare)]);
    await route.stop();
  }
  return {
    kind: 'plot',
    name: 'cost-by-users',
    caption: 'A known user, by the number of users that are known',
    x: { label: 'users', scale: 'log' },
    y: { label: 'ns a call' },
    lines: [
      { label: 'stateful-route', points: ours },
      { label: 'await Map.get', points: bare },
    ],
  };
}

function mapRate(
  map: ReadonlyMap<string, number>,
  users: readonly string[],
  passes: number,
): Promise<number> {
  return timedPasses(passes, users.length, async () => {
    let sum = 0;
    // Awaits a plain value on purpose, as in memory-answers.ts.
    // oxlint-disable-next-line typescript/await-thenable
    for (const uid of users) sum += (await map.get(uid))!;
    return sum;
  });
}
