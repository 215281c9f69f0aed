import type { PortMethod } from '@stateful-route/core/adapter';
import type { Chance } from './chance.ts';
import { type FleetPlan, longestLeaseMs } from './fleet-plan.ts';
import type { EventKind, ExceptionName, EventBody } from './world-event.ts';

/** The world that events are drawn for. */
export interface Drawing {
  readonly chance: Chance;
  readonly fleet: FleetPlan;
  readonly uids: readonly string[];
  readonly exceptions: ReadonlySet<ExceptionName>;
}

/** What applications and operators do. */
export const OPERATIONS: readonly EventKind[] = [
  'release',
  'refuse',
  'claimAndRefuse',
  'scopes',
  'handOff',
  'drain',
  'takeUsers',
  'stop',
  'kill',
  'twin',
  'intent',
  'move',
  'shed',
  'state',
  'saves',
  'forceHere',
  'forceThere',
  'remove',
  'otherSideRemoves',
  'otherSideSets',
  'reap',
  'restartGateway',
  'unreachable',
];

/** What happens to hosts besides. */
export const HOST_OPERATIONS: readonly EventKind[] = ['opens', 'saves', 'release', 'handOff'];

/** Faults of connections, machines and the store. */
export const FAULTS: readonly EventKind[] = [
  'cut',
  'hold',
  'slow',
  'lose',
  'lose',
  'pause',
  'stepWall',
  'outage',
  'hang',
  'wipe',
];

/** The calls that are lost by name: those that move users. */
const LOSABLE: readonly PortMethod[] = [
  'trySetLinkedPod',
  'trySetLinkedPod',
  'replaceLinkedPod',
  'removeLinkedPodWithId',
  'setServiceState',
  'batchGetLink',
  'takeOrder',
  'orderDone',
];

/** Draws an event of a kind, or several that belong together. None if it is an exception that this world excludes. */
export function drawEvent(drawing: Drawing, kind: EventKind): readonly EventBody[] {
  const { chance, fleet, uids, exceptions } = drawing;
  const pod = chance.whole(0, fleet.leasesMs.length - 1);
  const to = chance.whole(0, fleet.leasesMs.length - 1);
  const uid = chance.of(uids);
  const leaseMs = longestLeaseMs(fleet);
  const processes = [
    ...fleet.leasesMs.map((_, ordinal) => `pod-${ordinal}`),
    ...fleet.gateways.map((_, index) => `gateway-${index}`),
  ];
  const process = chance.is(0.8) ? `pod-${pod}` : chance.of(processes);
  const forced = exceptions.has('forced');
  switch (kind) {
    case 'ask': {
      const gateway = chance.whole(0, fleet.gateways.length - 1);
      const how = chance.is(0.75) ? 'claim' : 'scope';
      const workMs = chance.is(0.7) ? 0 : chance.short(1, 2_000);
      const timeoutMs = chance.is(0.1) ? chance.whole(100, 1_000) : undefined;
      return [{ kind, gateway, uid, how, workMs, saves: chance.is(0.7), timeoutMs }];
    }
    case 'release':
      return [{ kind, pod, uid, keepSeconds: chance.is(0.3) ? chance.whole(1, 10) : undefined }];
    case 'refuse':
    case 'claimAndRefuse':
      return [{ kind, pod, uid }];
    case 'scopes':
      return [{ kind, pod, uid, count: chance.whole(2, 5), workMs: chance.short(0, 300) }];
    case 'handOff':
      return [{ kind, pod, count: chance.whole(1, 4), to: chance.is(0.3) ? to : undefined }];
    case 'drain': {
      const abortAfterMs = chance.is(0.3) ? chance.whole(50, 2_000) : undefined;
      return [{ kind, pod, deadlineMs: chance.whole(500, 8_000), abortAfterMs }];
    }
    case 'takeUsers':
      return [{ kind, pod }];
    case 'stop': {
      const startAfterMs = chance.is(0.9) ? chance.short(0, 2 * leaseMs) : undefined;
      return [{ kind, pod, startAfterMs, again: chance.is(0.2) }];
    }
    case 'kill':
      return [{ kind, pod, startAfterMs: chance.is(0.9) ? chance.short(0, 5 * leaseMs) : undefined }];
    case 'twin':
      return exceptions.has('two processes') ? drawTwin(drawing, pod) : [];
    case 'intent':
      return [{ kind, pod, word: chance.of(['drain', 'resume', 'resume', 'Drain', '']) }];
    case 'move':
    case 'shed': {
      const forMs = chance.short(500, 2 * leaseMs);
      const againAfterMs = chance.is(0.2) ? chance.short(0, forMs / 2) : undefined;
      const manner = { to: chance.is(0.4) ? to : undefined, forMs, againAfterMs };
      return kind === 'move'
        ? [{ kind, pod, uid, ...manner }]
        : [{ kind, pod, users: chance.whole(1, 3), ...manner }];
    }
    case 'state':
      return [
        {
          kind,
          pod,
          word: chance.of(['FAILED', 'TERMINATING', 'NOT_READY']),
          backAfterMs: chance.short(100, leaseMs),
        },
      ];
    case 'saves':
      return [
        {
          kind,
          pod,
          mode: chance.of(['slow', 'slow', 'hang', 'fail']),
          ms: chance.short(20, 3_000),
          forMs: 20_000,
        },
      ];
    case 'opens':
      return [
        {
          kind,
          pod,
          mode: chance.of(['slow', 'slow', 'hang', 'fail']),
          ms: chance.short(20, 3_000),
          forMs: 10_000,
        },
      ];
    case 'forceHere':
    case 'remove':
      return forced ? [{ kind, pod, uid }] : [];
    case 'forceThere':
      return forced ? [{ kind, pod, uid, to }] : [];
    case 'otherSideRemoves':
      return forced ? [{ kind, uid }] : [];
    case 'otherSideSets':
      return forced ? [{ kind, uid, to }] : [];
    case 'reap':
      return [{ kind, pod }];
    case 'restartGateway':
      return [{ kind, gateway: chance.whole(0, fleet.gateways.length - 1) }];
    case 'unreachable':
      return [{ kind, gateway: chance.whole(0, fleet.gateways.length - 1), pod }];
    case 'cut':
    case 'hold':
      return [{ kind, process, ms: chance.short(50, 2 * leaseMs) }];
    case 'pause':
      return [{ kind, process, ms: chance.short(50, 2 * leaseMs) }];
    case 'slow':
      return [{ kind, process, byMs: chance.whole(50, 1_500), ms: chance.short(500, leaseMs) }];
    case 'lose': {
      if (chance.is(0.25)) {
        const ms = chance.short(leaseMs, 2 * leaseMs);
        return [
          { kind, process, when: chance.of(['before', 'after'] as const), method: 'setServiceState', ms },
        ];
      }
      const method = chance.is(0.8) ? chance.of(LOSABLE) : undefined;
      return [{ kind, process, when: chance.is(0.7) ? 'after' : 'before', method }];
    }
    case 'stepWall':
      return [{ kind, process, ms: chance.whole(-60_000, 60_000) }];
    case 'outage': {
      const lose = exceptions.has('lost data')
        ? chance.of(['nothing', 'everything', 'states', 'links'] as const)
        : 'nothing';
      return [{ kind, ms: chance.short(50, 4 * leaseMs), lose }];
    }
    case 'hang':
      return [{ kind, ms: chance.short(50, 2 * leaseMs) }];
    case 'wipe':
      break;
  }
  if (!exceptions.has('lost data')) return [];
  return [{ kind: 'wipe', what: chance.of(['everything', 'states', 'links'] as const) }];
}

/** A second process starts while the first one runs, often while that one is cut off. */
function drawTwin({ chance, fleet }: Drawing, pod: number): readonly EventBody[] {
  const twin = { kind: 'twin', pod } as const;
  if (chance.is(0.4)) return [twin];
  return [{ kind: 'cut', process: `pod-${pod}`, ms: chance.short(200, 2 * longestLeaseMs(fleet)) }, twin];
}
