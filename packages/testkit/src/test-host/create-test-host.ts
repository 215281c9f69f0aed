import { type DrainReport, routeError } from '@stateful-route/core';
import { type CloseContext, createHost, type Host, type HostOptions } from '@stateful-route/host';
import type { TestPod, TestRoute } from '../test-route/index.ts';

/** How far the clock is advanced at a time while a pod comes back. */
const STEP_MS = 100;

/** How many leases a pod may take to come back. */
const LEASES_MAX = 3;

/** A host of a test's pod, and what may happen to it. */
export interface TestHost<State> extends Host<State> {
  /** The calls of `close`, in order. */
  readonly closed: readonly CloseContext<State>[];
  /**
   * Hands a user over to another pod, by default the best one. If uses and saves take time, advance the clock meanwhile. The
   * report has the user in `unsaved` if the state was not saved, and counts the user in `left` if the user stayed.
   */
  move(uid: string, options?: { readonly to?: number | undefined }): Promise<DrainReport>;
  /** Fences the pod: it holds nobody until `unfence`. */
  fence(): Promise<void>;
  /**
   * Lets the pod come back, and advances the clock as far as that takes. Rejects with `TIMEOUT` if the pod is not back after three
   * leases: it was killed or stopped, failed again, or another process has its ordinal.
   */
  unfence(): Promise<void>;
  /** Ends the user's claim behind the host's back, as an operator's removal does. */
  lose(uid: string): Promise<void>;
}

/**
 * Makes the host of one pod of a test's route, on the route's manual clock. After `restart` the pod is another process: make
 * another host.
 *
 * @param podId - the pod's ordinal in the test.
 * @throws `POD_NOT_FOUND` if the test has no such pod, or `INVALID_CONFIG` with every fault of the options.
 *
 * @example
 * const route = await createTestRoute({ pods: 2 });
 * const [first, second] = [0, 1].map((podId) => createTestHost(route, podId, { open, save }));
 * await first.use('ada', (visits) => ++visits.count);
 * await first.move('ada'); // saved, moved, closed
 * await second.use('ada', (visits) => visits.count); // 1
 * await route.stop();
 */
export function createTestHost<State>(
  testRoute: TestRoute,
  podId: number,
  options: HostOptions<State>,
): TestHost<State> {
  const { namespace, serviceName, executors } = testRoute;
  const pod: TestPod | undefined = testRoute.pods[podId];
  if (!pod) {
    const fields = { namespace, serviceName, podId };
    throw routeError('POD_NOT_FOUND', `There is no pod ${podId} in this test.`, fields);
  }
  const { server } = pod;
  const closed: CloseContext<State>[] = [];
  const host = createHost<State>(pod, {
    ...options,
    close: (context) => {
      closed.push(context);
      return options.close?.(context);
    },
  });
  return {
    ...host,
    closed,
    move: (uid, { to } = {}) => server.handOff([uid], { to }),
    fence: () => server.setServiceState('FAILED'),
    unfence: async () => {
      if (!server.isFenced()) return;
      let removeListener = (): void => {};
      const unfenced = new Promise((resolve) => (removeListener = server.on('unfenced', resolve)));
      const back = Promise.all([unfenced, server.setServiceState('READY')]).then(() => true);
      const later = (): Promise<boolean> => testRoute.advance(STEP_MS).then(() => false);
      const timeoutMs = LEASES_MAX * pod.parts.config.stateCacheExpireSecs * 1_000;
      try {
        for (let waitedMs = 0; !(await Promise.race([back, later()])); waitedMs += STEP_MS) {
          if (waitedMs >= timeoutMs) throw neverBack(podId, timeoutMs);
        }
      } finally {
        removeListener();
      }
    },
    lose: async (uid) => {
      await executors.stateful.removeLinkedPod(namespace, uid, serviceName);
      await testRoute.advance(0);
    },
  };
}

function neverBack(podId: number, timeoutMs: number): Error {
  const fields = { operation: 'unfence', timeoutMs, effect: 'unknown' } as const;
  return routeError(
    'TIMEOUT',
    `Pod ${podId} did not come back within ${timeoutMs} ms. Was it killed, stopped or restarted?`,
    fields,
  );
}
