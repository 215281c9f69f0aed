import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { type Executors, silentLogger } from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import { shortLease } from '../lab/config.ts';
import { type PodRoute, SERVICE } from '../lab/lab.ts';
import { machineTime } from '@stateful-route/lab/measure';
import { onParentMessage, sendToParent } from '@stateful-route/lab/process';
import type { FromPods, PodToRun, ToPods } from './messages.ts';

/*
 * A process of pods, each in its own namespace, that is paused and resumed as a whole. It ends with the process that
 * started it, whose end closes the channel between the two.
 */

const SERVE_EVERY_MS = 20;
const POD_ID = 0;

interface RunningPod extends PodToRun {
  readonly route: PodRoute;
  token: number;
}

const running: RunningPod[] = [];

function send(message: FromPods): void {
  sendToParent(message).catch(() => {});
}

async function start(pod: PodToRun, executors: Executors): Promise<void> {
  const { namespace, leaseMs, uid } = pod;
  const route = createStatefulRoute({
    executors,
    namespace,
    serviceName: SERVICE,
    podId: POD_ID,
    logger: silentLogger,
    config: shortLease(leaseMs),
  });
  await route.start();
  const begun = machineTime();
  const claim = await route.server.claim(uid);
  if (!claim.claimed) throw new Error(`The user of ${namespace} is another pod's.`);
  send({ type: 'claimed', namespace, token: claim.token, start: begun, end: machineTime() });
  const own: RunningPod = { ...pod, route, token: claim.token };
  route.server.on('unfenced', ({ claims }) => {
    for (const { token } of claims) own.token = token;
    send({ type: 'back', namespace, held: route.server.holds(uid) });
  });
  running.push(own);
}

function serve(): void {
  for (const { namespace, route, uid, token } of running) {
    if (route.server.holds(uid)) send({ type: 'write', namespace, token, late: false });
  }
}

/** Pauses this process between a check and a write, which are otherwise synchronous. */
function pauseInTheMiddle(): void {
  const holding = running.filter(({ route, uid }) => route.server.holds(uid));
  process.kill(process.pid, 'SIGSTOP');
  for (const { namespace, token } of holding) send({ type: 'write', namespace, token, late: true });
  for (const { namespace, route } of running) {
    send({ type: 'resumed', namespace, fenced: route.server.isFenced() });
  }
}

async function handle(message: ToPods): Promise<void> {
  if (message.type === 'pause') {
    pauseInTheMiddle();
    return;
  }
  try {
    const executors = createRedisExecutors({ url: message.redis });
    await Promise.all(message.pods.map((pod) => start(pod, executors)));
    setInterval(serve, SERVE_EVERY_MS);
    send({ type: 'started' });
  } catch (error) {
    send({ type: 'failed', message: String(error) });
  }
}

onParentMessage(handle);
