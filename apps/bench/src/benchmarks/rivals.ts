import type { Benchmark, Metric } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/bench-lab.ts';
import { GrowingService, NAMESPACE } from '../lab/growing-service.ts';
import { uids } from '../lab/uids.ts';
import { type Moves, movesOf, type Router } from '../measure/moves.ts';
import { samplesTable, scaled } from '../measure/metric.ts';
import { interleaved } from '../measure/rounds.ts';
import { timedPasses } from '../measure/timed-passes.ts';
import type { Table } from '../report/figure.ts';
import { hashRing } from '../rivals/hash-ring.ts';
import { shard } from '../rivals/moleculer.ts';
import type { PodChooser } from '../rivals/pod-chooser.ts';

const PODS = 20;
const USERS = 10_000;
const PASSES = 20;

/** Alternatives to a router. */
export const rivals: Benchmark = {
  name: 'rivals',
  title: 'Hash rings',
  about:
    'A hash ring computes the pod from the uid: it needs no store, and stores nothing about users. Two ' +
    'rings are compared, with their defaults and their own caches: the strategy `Shard` of Moleculer 0.14 ' +
    'and the package `hashring`. They decide for 10,000 users again and again. Then a pod joins 20 pods, ' +
    'or one leaves, and the users are counted whose pod changed. A router should move only the users of a ' +
    'pod that left. Ours is asked by a new gateway each time, whose cache is empty.',
  run: (context) =>
    inLab(context, async (lab) => {
      const users = uids(scaled(USERS, context.scale, 1_000));
      const service = new GrowingService(lab);
      await service.setPods(PODS);
      const gateway = await service.gateway();
      const moleculer = shard(PODS);
      const ring = hashRing(PODS);
      const passes = scaled(PASSES, context.scale);
      for (const uid of users) await gateway.client.computeLinkedPod(NAMESPACE, uid, SERVICE);
      const rates = await interleaved(context.rounds, {
        'ours, awaited': () =>
          timedPasses(passes, users.length, async () => {
            let sum = 0;
            for (const uid of users) sum += await gateway.client.computeLinkedPod(NAMESPACE, uid, SERVICE);
            return sum;
          }),
        'ours, synchronous': () =>
          timedPasses(passes, users.length, () => {
            let sum = 0;
            for (const uid of users) sum += gateway.client.getLinkedInCache(NAMESPACE, uid, SERVICE)!;
            return sum;
          }),
        'Moleculer Shard': () =>
          timedPasses(passes, users.length, () => {
            let sum = 0;
            for (const uid of users) sum += moleculer.select(uid).length;
            return sum;
          }),
        hashring: () =>
          timedPasses(passes, users.length, () => {
            let sum = 0;
            for (const uid of users) sum += ring.select(uid).length;
            return sum;
          }),
      });
      const ours = await movesOf(service, users, PODS);
      const others = {
        'Moleculer Shard': await movesOf(asRouter(moleculer), users, PODS),
        hashring: await movesOf(asRouter(ring), users, PODS),
      };
      return {
        metrics: [
          share('usersMovedByJoin', 'users of ours that move when a pod joins 20', ours.join),
          share('usersMovedByLeave', 'users of ours that move when one of 20 pods leaves', ours.leave),
        ],
        figures: [
          samplesTable('Decisions for known users', 'decisions/s', rates),
          {
            kind: 'table',
            caption: 'Users that move',
            columns: [
              '',
              'a pod joins 20',
              'one of 20 leaves',
              'the fullest of 20 pods, over its fair share',
            ],
            rows: Object.entries({ ours, ...others }).map(([name, moves]) => [name, ...movesRow(moves)]),
          },
          capabilities,
        ],
      };
    }),
};

/** Differences that figures do not show. */
const capabilities: Table = {
  kind: 'table',
  caption: 'Other differences',
  columns: ['', 'ours', 'a hash ring'],
  rows: [
    ['users keep their pod when another pod joins', 'all of them', 'most of them, see above'],
    ['new users go where there is room', 'by load, and other strategies', 'by hash'],
    ['a pod takes no new users while it drains, and keeps its own', 'yes', 'no: it is on the ring or off'],
    ['callers that see different pods agree on one owner', 'yes: the claim, with a token', 'no'],
    ['a pod that hangs loses its users', 'when its lease is over', 'when the keeper of the list notices'],
    ['a store is needed', 'yes', 'no'],
  ],
};

function asRouter({ select, setPods }: PodChooser): Router {
  return { setPods, where: (users) => users.map(select) };
}

function share(name: string, shown: string, value: number): Metric {
  return { name, shown, value, unit: 'share', better: 'less' };
}

function movesRow({ join, leave, peak }: Moves): string[] {
  return [percent(join), percent(leave), peak.toFixed(2)];
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}
