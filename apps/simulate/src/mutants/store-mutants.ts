import type { Mutant } from './mutant.ts';

const liveness = 'core/src/rules/liveness.ts';
const links = 'adapter-memory/src/memory-links.ts';
const heartbeats = 'adapter-memory/src/memory-stateful-executor.ts';
const resolver = 'driver/src/caller/link-resolver.ts';

/** Broken rules of the directory and of its callers. */
export const storeMutants: readonly Mutant[] = [
  {
    name: 'earlier-process-wins',
    broken: 'of two processes of an ordinal the earlier one stays',
    patches: [
      {
        file: 'core/src/rules/incarnation.ts',
        find: 'return left.start - right.start;',
        replace: 'return right.start - left.start;',
      },
    ],
  },
  {
    name: 'short-lease-of-the-reader',
    broken: "an owner without an entry is dead after the reader's own lease",
    theme: 'short lease of the reader',
    patches: [
      {
        file: liveness,
        find: 'Math.max(ownerLeaseMs, longestLeaseMs(read) ?? 0, readerLeaseMs)',
        replace: 'readerLeaseMs / (1 + 0 * ownerLeaseMs)',
      },
    ],
  },
  {
    name: 'never-long-dead',
    broken: 'an owner that is dead for three leases is protected by a young directory',
    theme: 'three of four die',
    patches: [
      {
        file: liveness,
        find: 'Math.min(youngForMs, longDeadInMs) : youngForMs',
        replace: 'youngForMs : youngForMs',
      },
    ],
  },
  {
    name: 'young-without-limit',
    broken: '@since is reset at every return, without the limit of three leases',
    theme: 'all others stall',
    patches: [
      {
        file: liveness,
        find: ' || storeTime - since <= LONG_DEAD_AFTER_LEASES * leaseMsOf(own.pod)',
        replace: '',
      },
    ],
  },
  {
    name: 'never-young',
    broken: 'a young directory counts as old',
    theme: 'short lease of the reader',
    patches: [
      {
        file: liveness,
        find: 'Math.max(leaseEndsInMs, protectedForMs)',
        replace: 'Math.max(leaseEndsInMs, 0 * protectedForMs)',
      },
    ],
  },
  {
    name: 'placed-while-restored',
    broken: 'users are placed at once in a restored directory',
    theme: 'restart that loses everything',
    patches: [
      {
        file: liveness,
        find: '  if (restored === undefined) return 0;\n  const ageMs = storeTime - restored;\n  const limitMs',
        replace:
          '  if (restored === undefined || storeTime > 0) return 0;\n  const ageMs = storeTime - restored;\n  const limitMs',
      },
    ],
  },
  {
    name: 'ended-is-put-back',
    broken: 'a pod asserts a claim that was ended on purpose',
    theme: 'removed while the owner is cut off',
    patches: [{ file: links, find: ' || (record.token === assertToken && !record.owner)', replace: '' }],
  },
  {
    name: 'unknown-intent-is-fatal',
    broken: 'an invalid intent fails every heartbeat of its pod',
    patches: [
      {
        file: heartbeats,
        find: '    return {\n      storeTime,\n      epoch: this.store.epoch,\n      since: service.since,\n',
        replace:
          "    if (service.intentOf(podId).unknownIntent !== undefined) throw routeError('STORE_ERROR', 'no intent', { operation: 'setServiceState' });\n    return {\n      storeTime,\n      epoch: this.store.epoch,\n      since: service.since,\n",
      },
    ],
  },
  {
    name: 'take-over-by-an-old-reading',
    broken: 'a take-over uses a reading from before the link was read',
    theme: 'back after the reading',
    patches: [
      {
        file: resolver,
        find: 'await services.fresh(namespace, serviceName, request.options());\n    const service =',
        replace: 'await services.snapshot(namespace, serviceName, request.options());\n    const service =',
      },
    ],
  },
  {
    name: 'take-over-of-the-living',
    broken: 'a user is taken over from a pod that is not ready while its lease runs',
    theme: 'not ready and unheard',
    patches: [
      {
        file: liveness,
        find: '? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]\n      : [leaseMs - ageMs',
        replace: '? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]\n      : [leaseMs / 2 - ageMs',
      },
    ],
  },
  {
    name: 'claim-over-a-claim',
    broken: "a pod's claim replaces another pod's",
    patches: [{ file: links, find: '    if (link?.permanent && !isNamed) return refusal;\n', replace: '' }],
  },
  {
    name: 'tries-are-spent',
    broken: 'a request that pods refuse as not theirs fails after three tries',
    theme: 'hand-over under traffic',
    patches: [
      {
        file: 'driver/src/caller/call-until-served.ts',
        find: '    if (attempt > 0) {\n',
        replace: '    if (attempt > 1) throw call.deadlineError;\n    if (attempt > 2) {\n',
      },
    ],
  },
];
