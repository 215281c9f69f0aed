import { isRouteError, type ServiceStateRead } from '@stateful-route/core';
import { counted, duration, type Finding, type StoreCheck } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { Progress } from '../output/progress.ts';
import { reportChecks } from './findings.ts';
import { inspectorOf } from './scan.ts';
import { readPods, servicesOf } from './target.ts';

/** A heartbeat so far in the future shows that the store's clock went back. */
const FUTURE_MS = 1_000;

/** Checks the store, the user's rights, the keys of the namespace and the pods. */
export async function doctor(
  context: Context,
  { keysPerSecond }: { readonly keysPerSecond: number },
): Promise<void> {
  const { namespace, readOnly } = context;
  const inspector = inspectorOf(context);
  let servers: readonly StoreCheck[];
  try {
    servers = await inspector.checkServers();
  } catch (error) {
    if (!isRouteError(error)) throw error;
    return reportChecks(context, [failedConnection(context, error)]);
  }
  const checks = [
    ...servers,
    await inspector.checkRights(namespace, readOnly ? 'read' : 'all'),
    await checkPush(context),
    await checkKeys(context, keysPerSecond),
    await checkPods(context),
  ];
  reportChecks(context, checks);
}

function failedConnection({ store }: Context, { message }: Error): StoreCheck {
  const subject = store.address ?? 'the store';
  const remedy = 'see what the message says: address, password, TLS, the network, the server itself';
  return {
    name: 'connection',
    detail: 'failed',
    findings: [{ level: 'error', subject, problem: message, remedy }],
  };
}

/** A failure of one check, which does not keep the others from being made. */
function failed(name: string, error: unknown, remedy: string): StoreCheck {
  if (!isRouteError(error)) throw error;
  return {
    name,
    detail: 'failed',
    findings: [{ level: 'error', subject: name, problem: error.message, remedy }],
  };
}

async function checkPush(context: Context): Promise<StoreCheck> {
  const { namespace, store, signal } = context;
  try {
    const [service = 'probe'] = await servicesOf(context);
    const unsubscribe = await store.executors.feed.subscribe(namespace, service, () => {}, { signal });
    await unsubscribe();
    return { name: 'push', detail: 'changes can be subscribed to', findings: [] };
  } catch (error) {
    return failed('push', error, `grant +subscribe +unsubscribe &sf:{${namespace}:*`);
  }
}

async function checkKeys(context: Context, keysPerSecond: number): Promise<StoreCheck> {
  const { namespace, streams, signal } = context;
  using progress = new Progress(streams.err);
  const found = new Map<string, Finding>();
  let keys = 0;
  try {
    for await (const page of inspectorOf(context).scanFaults(namespace, { keysPerSecond, signal })) {
      progress.show('keys', page.scanned, page.total);
      keys = page.scanned;
      for (const { kind, level, subject, problem, remedy } of page.found) {
        if (kind === 'damage') found.set(subject + problem, { level, subject, problem, remedy });
      }
    }
  } catch (error) {
    return failed('keys', error, 'grant +scan; without it no damaged key is found');
  }
  return { name: 'keys', detail: `${counted(keys, 'key')} read`, findings: [...found.values()] };
}

async function checkPods(context: Context): Promise<StoreCheck> {
  let pods = 0;
  const findings: Finding[] = [];
  for (const service of await servicesOf(context)) {
    try {
      const read = await readPods(context, service);
      pods += read.pods.size;
      findings.push(...ghosts(context.namespace, service, read), ...fromTheFuture(service, read));
    } catch (error) {
      findings.push(...failed(service, error, 'see the check of keys').findings);
    }
  }
  return { name: 'pods', detail: counted(pods, 'pod'), findings };
}

/** Words of the older sides' pods, in a service whose other pods beat: nobody finds out when such a pod is gone. */
function ghosts(namespace: string, service: string, { pods }: ServiceStateRead): Finding[] {
  const all = [...pods.values()];
  if (!all.some(({ updateTime }) => updateTime !== undefined)) return [];
  return all
    .filter(({ incarnation, state }) => incarnation === undefined && state !== 'UNKNOWN')
    .map(({ podId, state }) => ({
      level: 'warning',
      subject: `${service}-${podId}`,
      problem: `it is known by the word ${state} alone, as pods of the older sides are: it never counts as dead, and keeps its users`,
      remedy: `if no such pod runs, remove the word: redis-cli HDEL 'sf:{${namespace}:state:${service}}' ${podId}`,
    }));
}

function fromTheFuture(service: string, { pods, storeTime }: ServiceStateRead): Finding[] {
  return [...pods.values()].flatMap(({ podId, updateTime = 0 }): Finding[] => {
    const aheadMs = updateTime - storeTime;
    if (aheadMs <= FUTURE_MS) return [];
    const problem = `its last heartbeat is ${duration(aheadMs)} in the future: the store's clock went back, or a server with a clock behind took over`;
    const remedy = 'synchronise the clocks of the servers (NTP); a clock must be slewed, never stepped';
    return [{ level: 'error', subject: `${service}-${podId}`, problem, remedy }];
  });
}
