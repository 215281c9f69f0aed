import type { BenchContext } from '../../benchmark.ts';
import type { BenchLab } from '../../lab/bench-lab.ts';
import { uids } from '../../lab/uids.ts';
import { median } from '../../measure/estimate.ts';
import { scaled } from '../../measure/metric.ts';
import { interleaved } from '../../measure/rounds.ts';
import type { Plot } from '../../report/figure.ts';
import { CALLS, growingGateway, knownRate, NAMESPACE } from './growing-gateway.ts';

const SERVICES = [1, 10, 100, 1_000];
const USERS = 10_000;

/** A known user, by the number of services that the users are spread over. */
export async function costByServices(lab: BenchLab, { rounds, scale, say }: BenchContext): Promise<Plot> {
  const users = uids(scaled(USERS, scale, 100));
  const points: [number, number][] = [];
  for (const count of SERVICES) {
    say(`${count} services`);
    const services = Array.from({ length: count }, (_, at) => `room-${at}`);
    const route = await growingGateway(lab, services, 3);
    for (const [at, uid] of users.entries()) {
      route.client.setCache(NAMESPACE, uid, services[at % count]!, at % 3);
    }
    const passes = Math.ceil((CALLS * scale) / users.length);
    const { ours } = await interleaved(rounds, {
      ours: () => knownRate(route.client, users, passes, services),
    });
    points.push([count, 1e9 / median(ours)]);
    await route.stop();
  }
  return {
    kind: 'plot',
    name: 'cost-by-services',
    caption: 'A known user, by the number of services that 10,000 users are spread over',
    x: { label: 'services', scale: 'log' },
    y: { label: 'ns a call' },
    lines: [{ label: 'stateful-route', points }],
  };
}
