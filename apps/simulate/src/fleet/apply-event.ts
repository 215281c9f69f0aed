import type { PodOrder } from '@stateful-route/core';
import { type LinkReading, parseIncarnation } from '@stateful-route/core/adapter';
import { RECONNECT_APART_MS } from '../checks/observation.ts';
import type { WorldEvent } from '../script/world-event.ts';
import type { GatewayProcess } from './gateway-process.ts';
import type { PodProcess } from './pod-process.ts';
import { NAMESPACE, SERVICE } from './route-settings.ts';
import type { World } from './world.ts';

/** Carries out an event. One whose process is gone has no effect. */
export function applyEvent(world: World, event: WorldEvent, update: number): void {
  world.observe({ kind: 'event', event });
  if ('process' in event) {
    const process = findProcess(world, event.process);
    if (process) applyToProcess(process, event);
  } else if (isOfPod(event)) {
    const pod = world.pod(event.pod);
    if (pod) applyToPod(world, pod, event);
  } else applyToWorld(world, event, update);
}

function findProcess(world: World, name: string): PodProcess | GatewayProcess | undefined {
  const [kind, index] = name.split('-');
  return kind === 'pod' ? world.pod(Number(index)) : world.gateways[Number(index)];
}

type ProcessEvent = Extract<WorldEvent, { readonly process: string }>;
type OuterKind = 'intent' | 'move' | 'shed' | 'reap' | 'twin' | 'unreachable';
type PodEvent = Exclude<Extract<WorldEvent, { readonly pod: number }>, { readonly kind: OuterKind }>;
type OuterEvent = Exclude<WorldEvent, ProcessEvent | PodEvent>;

const OUTER: ReadonlySet<string> = new Set<OuterKind>([
  'intent',
  'move',
  'shed',
  'reap',
  'twin',
  'unreachable',
]);

function isOfPod(event: Exclude<WorldEvent, ProcessEvent>): event is PodEvent {
  return 'pod' in event && !OUTER.has(event.kind);
}

function applyToProcess({ wire, clock }: PodProcess | GatewayProcess, event: ProcessEvent): void {
  switch (event.kind) {
    case 'cut':
      wire.cut(event.ms);
      return;
    case 'hold':
      wire.hold(event.ms);
      return;
    case 'slow':
      wire.slow(event.byMs, event.ms);
      return;
    case 'lose':
      wire.lose({ when: event.when, method: event.method, ms: event.ms });
      return;
    case 'pause':
      clock.pause(event.ms);
      return;
    case 'stepWall':
      clock.stepWall(event.ms);
      return;
  }
}

/** Carries out what a pod's own application does, in its process. */
function applyToPod(world: World, pod: PodProcess, event: PodEvent): void {
  if (event.kind === 'kill') {
    pod.kill();
    startLater(world, pod.ordinal, event.startAfterMs);
    return;
  }
  pod.clock.deliver(() => {
    operate(world, pod, event);
  }, 0);
}

function operate(world: World, pod: PodProcess, event: Exclude<PodEvent, { readonly kind: 'kill' }>): void {
  const { server, application } = pod;
  const run = (limitMs: number | undefined, operation: () => Promise<unknown>): void => {
    world.log.run(pod, event.kind, limitMs, operation);
  };
  switch (event.kind) {
    case 'release':
      run(undefined, () => pod.releasing(event.uid, () => application.release(event.uid, event.keepSeconds)));
      return;
    case 'refuse':
      run(undefined, () => server.refuse(event.uid));
      return;
    case 'claimAndRefuse':
      run(undefined, () => server.claim(event.uid));
      run(undefined, () => server.refuse(event.uid));
      return;
    case 'scopes':
      run(undefined, () => application.overlap(event.uid, event.count, event.workMs));
      return;
    case 'handOff':
      run(undefined, () =>
        pod.leaving(() =>
          server.handOff({ count: event.count }, event.to === undefined ? {} : { to: event.to }),
        ),
      );
      return;
    case 'drain': {
      const abort = new AbortController();
      pod.isDrained = true;
      const { deadlineMs, abortAfterMs } = event;
      if (abortAfterMs !== undefined)
        pod.clock.setTimeout(() => abort.abort(new Error('enough')), abortAfterMs);
      run(deadlineMs, () => pod.leaving(() => server.drain({ deadlineMs, signal: abort.signal })));
      return;
    }
    case 'takeUsers':
      pod.isDrained = false;
      run(undefined, () => server.setRoutingState('READY'));
      return;
    case 'stop':
      stop(world, pod, event);
      return;
    case 'state':
      pod.hasEndedState = true;
      run(undefined, () => server.setServiceState(event.word));
      pod.clock.setTimeout(() => {
        pod.hasEndedState = false;
        run(undefined, () => server.setServiceState('READY'));
      }, event.backAfterMs);
      return;
    case 'saves':
      application.saves = { mode: event.mode, ms: event.ms };
      world.time.after(event.forMs, () => {
        application.saves = { mode: 'fast', ms: 0 };
      });
      return;
    case 'opens':
      application.opens = { mode: event.mode, ms: event.ms };
      world.time.after(event.forMs, () => {
        application.opens = { mode: 'fast', ms: 0 };
      });
      return;
    case 'forceHere':
      run(undefined, () => server.setLinkedPod(NAMESPACE, event.uid, SERVICE, pod.ordinal));
      return;
    case 'forceThere':
      application.forget(event.uid);
      run(undefined, () =>
        pod.releasing(event.uid, () => server.setLinkedPod(NAMESPACE, event.uid, SERVICE, event.to)),
      );
      return;
    case 'remove':
      application.forget(event.uid);
      run(undefined, () =>
        pod.releasing(event.uid, () => server.removeLinkedPod(NAMESPACE, event.uid, SERVICE)),
      );
  }
}

function stop(
  world: World,
  pod: PodProcess,
  { startAfterMs, again }: Extract<WorldEvent, { readonly kind: 'stop' }>,
): void {
  if (pod.phase === 'stopping') return;
  pod.phase = 'stopping';
  const began = world.now;
  const wasFenced = pod.isFenced();
  const unsaved = pod.application.watchSaves();
  world.log.run(pod, 'stop', world.fleet.drainTimeoutMs, async () => {
    const report = await pod.route.stop();
    pod.phase = 'stopped';
    // A fenced pod does not know which users were taken over.
    const calm = !wasFenced && pod.troubledUntil < began && world.storeAwayUntil < began;
    const links = await Promise.all(
      world.uids.map(
        async (uid) => [uid, await world.store.stateful.getLink(NAMESPACE, uid, SERVICE)] as const,
      ),
    );
    const named = links.filter(([, link]) => link.permanent && link.podId === pod.ordinal);
    const ofOrdinal = named.map(([uid]) => uid);
    const claims = named.filter(([, link]) => isOf(link, pod)).map(([uid]) => uid);
    const alone = !world.pods.some(
      (other) => other !== pod && other.ordinal === pod.ordinal && other.phase !== 'stopped',
    );
    const unoffered = wasFenced ? [] : unsaved().filter((uid) => !report.unsaved.includes(uid));
    world.observe({ kind: 'stopped', pod, report, calm: calm && alone, claims, ofOrdinal, unoffered });
    if (again === true && startAfterMs !== undefined) {
      world.time.after(startAfterMs, () => {
        if (!pod.clock.isDead && !world.pod(pod.ordinal)) world.startAgain(pod);
      });
      return;
    }
    pod.kill();
    startLater(world, pod.ordinal, startAfterMs);
  });
}

/** Whether the last run of this process made the claim, not an earlier one of the ordinal. */
function isOf({ incarnation }: LinkReading, { runId }: PodProcess): boolean {
  return incarnation !== undefined && parseIncarnation(incarnation).id === runId;
}

function startLater(world: World, ordinal: number, afterMs: number | undefined): void {
  if (afterMs === undefined) return;
  world.time.after(afterMs, () => {
    if (!world.pod(ordinal)) world.startPod(ordinal);
  });
}

/** Carries out what happens outside the processes. */
function applyToWorld(world: World, event: OuterEvent, update: number): void {
  const { store, time } = world;
  const processes = (): readonly (PodProcess | GatewayProcess)[] => [...world.pods, ...world.gateways];
  switch (event.kind) {
    case 'ask': {
      const gateway = world.gateways[event.gateway];
      if (gateway) ask(world, gateway, event, update);
      return;
    }
    case 'twin':
      world.startPod(event.pod);
      return;
    case 'intent':
      setIntent(world, event.pod, event.word);
      return;
    case 'move':
    case 'shed':
      giveOrder(world, event, update);
      return;
    case 'reap':
      if (!world.pod(event.pod)) void store.stateful.removeServiceState(NAMESPACE, SERVICE, event.pod);
      return;
    case 'otherSideRemoves':
      store.faults.removeAsOtherSide(NAMESPACE, event.uid, SERVICE);
      return;
    case 'otherSideSets':
      store.faults.setAsOtherSide(NAMESPACE, event.uid, SERVICE, event.to);
      return;
    case 'outage':
      world.storeAwayUntil = Math.max(world.storeAwayUntil, time.now + event.ms);
      processes().forEach(({ wire }, index) => {
        wire.cut(event.ms + 1 + ((index * 17) % RECONNECT_APART_MS));
      });
      time.after(event.ms, () => {
        store.faults.restart({ lose: event.lose });
        world.observe({ kind: 'storeBack', awayMs: event.ms, lost: event.lose });
      });
      return;
    case 'hang':
      world.storeHangsUntil = Math.max(world.storeHangsUntil, time.now + event.ms);
      for (const { wire } of processes()) wire.hold(event.ms);
      time.after(event.ms, () => {
        world.observe({ kind: 'storeBack', awayMs: event.ms, lost: 'nothing' });
      });
      return;
    case 'wipe':
      store.faults.lose(event.what);
      world.observe({ kind: 'storeBack', awayMs: 0, lost: event.what });
      return;
    case 'restartGateway':
      world.startGateway(event.gateway);
      return;
    case 'unreachable':
      world.gateways[event.gateway]?.unreachable(event.pod);
  }
}

/** Sets an operator's intent, valid or not. */
function setIntent(world: World, ordinal: number, word: string): void {
  const { store } = world;
  if (word === 'drain' || word === 'resume')
    void store.server.setPodIntent(NAMESPACE, SERVICE, ordinal, word);
  else store.faults.setRawIntent(NAMESPACE, SERVICE, ordinal, word);
}

/** Gives a pod an order, whether or not it lives. Its moves have the order's name. */
function giveOrder(
  world: World,
  event: Extract<WorldEvent, { readonly kind: 'move' | 'shed' }>,
  index: number,
): void {
  const { pod: podId, to, forMs, againAfterMs } = event;
  const id = `order-${index}`;
  const terms = { id, by: id, to, until: world.storeTime + Math.round(forMs) };
  const order: PodOrder =
    event.kind === 'shed'
      ? { ...terms, kind: 'shed', users: event.users }
      : { ...terms, kind: 'move', uid: event.uid };
  const give = (): void => {
    world.observe({ kind: 'ordered', podId, order });
    void world.store.server.giveOrder(NAMESPACE, SERVICE, podId, order);
  };
  give();
  if (againAfterMs !== undefined) world.time.after(againAfterMs, give);
}

/** Sends a user's request through a gateway. `served` is called with whether it was served. */
export function ask(
  world: World,
  gateway: GatewayProcess,
  event: Extract<WorldEvent, { readonly kind: 'ask' }>,
  update: number,
  served: (isServed: boolean) => void = () => {},
): void {
  const { uid, how, workMs, saves, timeoutMs } = event;
  const startedAt = world.now;
  const isLimited = timeoutMs !== undefined || workMs * 2 > world.fleet.callTimeoutMs;
  gateway.clock.deliver(() => {
    world.log.run(gateway, 'ask', timeoutMs ?? world.fleet.callTimeoutMs, async () => {
      const asked = { kind: 'asked', uid, gateway: gateway.name, startedAt, isLimited } as const;
      try {
        await gateway.ask({ uid, update, how, workMs, saves }, timeoutMs);
        served(true);
        world.observe(asked);
      } catch (error) {
        served(false);
        world.observe({ ...asked, error });
        throw error;
      }
    });
  }, 0);
}
