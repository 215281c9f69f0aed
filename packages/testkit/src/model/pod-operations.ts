import type { RoutingState, ServiceState } from '@stateful-route/core';
import type { PodReport, StateWord } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { incarnation, maybe, mostly, podId, service } from './arbitraries.ts';
import { type Operation, operation } from './operation.ts';
import { isFenced, unlessFenced } from './refusals.ts';

/** Who asks for something. */
const by = fc.constantFrom(undefined, 'carol');

/** Every call about pods and workloads, with these leases. */
export function podOperations(leases: readonly number[]): Readonly<Record<string, Operation>> {
  return {
    setServiceState: operation(
      8,
      {
        service,
        podId,
        incarnation,
        seq: fc.integer({ min: 0, max: 4 }),
        beatenBefore: fc.boolean(),
        state: fc.constantFrom<ServiceState[]>('READY', 'NOT_READY', 'TERMINATING', 'UNKNOWN'),
        loadState: fc.constantFrom(0, 1, 2.5),
        address: fc.constantFrom(undefined, 'here'),
        users: maybe(fc.constant(3)),
        healing: fc.constantFrom(undefined, 'held' as const, 'returning' as const),
        leaseMs: mostly(leases),
        guard: fc.constantFrom(undefined, undefined, true, false),
        routingState: mostly<RoutingState>(['READY', 'DENY_NEW_CALL']),
      },
      async (world, { service: name, podId: pod, ...beat }) => {
        const report: PodReport = {
          ...beat,
          metadata: { zone: beat.incarnation },
          updatePeriodMs: 500,
        };
        const reply = await unlessFenced(world.stateful.setServiceState(world.ns, name, pod, report));
        return () =>
          world.same(reply, world.pods.beat(name, pod, report, isFenced(reply) ? undefined : reply));
      },
    ),

    markServiceState: operation(
      2,
      {
        service,
        podId,
        incarnation,
        nearTime: fc.constantFrom(0, 0, 0, 1),
        word: fc.constantFrom<StateWord[]>('NOT_READY', 'NOT_READY', 'FAILED'),
      },
      async (world, { service: name, podId: pod, word, nearTime, ...args }) => {
        const { ns, stateful, pods } = world;
        const options = { incarnation: args.incarnation, updateTime: pods.timeOf(name, pod) + nearTime };
        const reply = await stateful.markServiceState(ns, name, pod, word, options);
        return () => world.same(reply, pods.mark(name, pod, word, options));
      },
    ),

    reportDead: operation(1, { service, podId, incarnation, by }, async (world, args) => {
      const { ns, stateful, pods } = world;
      const options = { incarnation: args.incarnation, by: args.by };
      const reply = await unlessFenced(stateful.reportDead(ns, args.service, args.podId, options));
      return () => world.same(reply, pods.reportDead(args.service, args.podId, args.incarnation, args.by));
    }),

    getServiceState: operation(2, { service }, async (world, args) => {
      const reply = await world.stateful.getServiceState(world.ns, args.service);
      return () =>
        world.same(reply, {
          ...world.pods.read(args.service, reply),
          frozen: world.fleet.frozen(args.service, reply.frozen),
          callers: world.fleet.callers(args.service),
        });
    }),

    removeServiceState: operation(
      2,
      {
        service,
        podId,
        incarnation: maybe(incarnation),
        nearTime: fc.constantFrom(undefined, 0, 0, 1),
        by,
      },
      async (world, { service: name, podId: pod, nearTime, ...args }) => {
        const { ns, stateful, pods } = world;
        const updateTime = nearTime === undefined ? undefined : pods.timeOf(name, pod) + nearTime;
        const options = { ...args, updateTime };
        const reply = await stateful.removeServiceState(ns, name, pod, options);
        return () => world.same(reply, pods.remove(name, pod, options));
      },
    ),

    setPodIntent: operation(
      2,
      {
        service,
        podId,
        intent: fc.constantFrom('cordon' as const, 'drain' as const, 'resume' as const),
        ratePerSecond: maybe(fc.constantFrom(0.5, 20)),
        by,
      },
      async (world, { service: name, podId: pod, intent, ...options }) => {
        await world.server.setPodIntent(world.ns, name, pod, intent, options);
        return () => world.pods.intend(name, pod, intent, options);
      },
    ),

    getPodIntents: operation(1, { service }, async (world, { service: name }) => {
      const reply = await world.server.getPodIntents(world.ns, name);
      return () => world.same(reply, world.pods.intents(name));
    }),

    setWorkloadState: operation(
      2,
      { service, replicas: fc.integer({ min: 0, max: 3 }), desiredReplicas: maybe(fc.nat(3)) },
      async (world, { service: name, replicas, desiredReplicas }) => {
        const report = { state: 'READY', replicas, readyReplicas: 0, desiredReplicas } as const;
        await world.stateful.setWorkloadState(world.ns, name, report);
        return () => world.workloads.set(name, report);
      },
    ),

    readWorkloads: operation(1, { names: fc.array(service, { maxLength: 3 }) }, async (world, { names }) => {
      const { ns, stateful, workloads } = world;
      const [batch, ...replies] = await Promise.all([
        stateful.getWorkloadStateBatch(ns, names),
        ...names.map((name) => stateful.getWorkloadState(ns, name)),
      ]);
      return () => {
        const known = names.flatMap((name) => {
          const workload = workloads.read(name, batch.get(name));
          return workload ? [[name, workload] as const] : [];
        });
        world.same(batch, new Map(known));
        for (const [at, name] of names.entries()) {
          world.same(replies[at], workloads.read(name, replies[at]));
        }
      };
    }),
  };
}
