import { createRedisExecutors, safeRedisOptions } from '@stateful-route/adapter-redis';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { type TcpProxy, until } from '@stateful-route/harness';
import { Redis, type RedisOptions } from 'ioredis';
import { shortLease } from '../lab/config.ts';
import { inLab, type Lab, SERVICE } from '../lab/lab.ts';
import { greatest, msUntil } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const REFRESH_MS = 1_000;
/** So long that no refresh is due during the scenario. */
const RARE_REFRESH_MS = 20_000;

/** A client of which only the subscriber connects through a proxy. */
class ProxiedSubscriber extends Redis {
  subscriberPort = 0;

  override duplicate(override?: Partial<RedisOptions>): Redis {
    // A subscriber must not change how replies are mapped.
    const { replyMapping: _, ...options } = { ...this.options, ...override };
    return new Redis({ ...options, port: this.subscriberPort });
  }
}

function clientOf(lab: Lab, port: number, proxy: TcpProxy): Redis {
  const client = new ProxiedSubscriber(port, '127.0.0.1', safeRedisOptions());
  client.subscriberPort = proxy.port;
  client.on('error', () => {});
  lab.defer(() => client.disconnect());
  return client;
}

const faults: readonly ((proxy: TcpProxy) => void)[] = [
  (proxy) => proxy.blackhole(),
  (proxy) => proxy.refuse(),
  (proxy) => proxy.dropReplies(),
];

export const subscriberSilent = scenario({
  name: 'subscriber-silent',
  rows: {
    stale: {
      shown: `age of a caller's snapshot while its subscriber is cut or silent (stateRefreshMs ${REFRESH_MS})`,
      bound: REFRESH_MS + 1_000,
      unit: 'ms',
    },
    return: {
      shown: 'until everything is read again after the subscriber is back',
      bound: 4_000,
      unit: 'ms',
    },
  },
  run: () =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const namespace = 'game';
      const pod = await lab.pod(0, {
        executors: lab.executors({ url: server.url }),
        namespace,
        config: { ...shortLease(10_000) },
      });
      const stale: number[] = [];
      const returns: number[] = [];
      for (const fault of faults) {
        const proxy = await lab.proxy(server);
        const client = clientOf(lab, server.port, proxy);
        const executors = createRedisExecutors({ client });
        lab.defer(() => executors.close());
        let reads = 0;
        const counted = decorateExecutors(executors, (call) => {
          if (call.method === 'getServiceState') reads += 1;
          return call.run(call.options);
        });
        const quick = await lab.caller({
          executors: counted,
          namespace,
          config: { ...shortLease(10_000), stateRefreshMs: REFRESH_MS },
        });
        const rare = await lab.caller({
          executors: counted,
          namespace,
          config: { profile: 'compat', stateRefreshMs: RARE_REFRESH_MS },
        });
        const knows = async (caller: typeof quick, routable: boolean): Promise<boolean> =>
          (await caller.routeInfo.isPodRoutable(namespace, SERVICE, 0)) === routable;
        await until(
          'the callers know the pod',
          async () => (await knows(quick, true)) && (await knows(rare, true)),
        );

        fault(proxy);
        await pod.server.setRoutingState('DENY_NEW_CALL');
        stale.push(await msUntil('the caller knows', () => knows(quick, false)));
        const readsBefore = reads;
        proxy.pass();
        returns.push(await msUntil('all is read again', () => knows(rare, false)));
        if (reads === readsBefore) throw new Error('Nothing was read again.');
        await pod.server.setRoutingState('READY');
        await quick.stop();
        await rare.stop();
      }
      return { stale: greatest(stale), return: greatest(returns) };
    }),
});
