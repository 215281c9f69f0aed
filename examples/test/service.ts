import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, silentLogger, type StatefulRoute } from '@stateful-route/driver';
import { createGateway, type GatewayOptions } from '@stateful-route/gateway';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { vi } from 'vitest';
import { ChildProgram } from './child-program.ts';

const STARTS_WITHIN = { timeout: 30_000, interval: 50 };
const ENDS_WITHIN = { timeout: 30_000, interval: 50 };

/** The pods of an example as processes, and a gateway before them in this one. */
export class ExampleService implements AsyncDisposable {
  readonly namespace: string = uniqueNamespace();
  readonly #redisUrl: string;
  readonly #program: string;
  readonly #closing: (() => Promise<unknown>)[] = [];

  /** @param program - below `examples`. */
  constructor(redisUrl: string, program: string) {
    this.#redisUrl = redisUrl;
    this.#program = program;
  }

  async spawnPod(podId: number): Promise<ChildProgram> {
    const pod = await ChildProgram.spawn(this.#program, {
      REDIS_URL: this.#redisUrl,
      POD_NAMESPACE: this.namespace,
      POD_NAME: `room-${podId}`,
    });
    this.#closing.push(() => pod.kill());
    return pod;
  }

  /** A pod that says that it is ready. */
  async startPod(podId: number): Promise<ChildProgram> {
    const pod = await this.spawnPod(podId);
    await vi.waitFor(async () => {
      const { status } = await fetch(`${pod.url}/readyz`);
      if (status !== 200) throw new Error(`${status} from ${this.#program}: ${pod.report().output}`);
    }, STARTS_WITHIN);
    return pod;
  }

  /** Sends SIGTERM and waits for the end, which must be in order. */
  async stopPod(pod: ChildProgram): Promise<void> {
    pod.signal('SIGTERM');
    await vi.waitFor(() => {
      const { ending, output } = pod.report();
      if (ending !== 0) throw new Error(`${this.#program} has not ended in order (${ending}): ${output}`);
    }, ENDS_WITHIN);
  }

  async startGateway(
    options: Omit<GatewayOptions, 'service'>,
  ): Promise<{ readonly route: StatefulRoute<undefined>; readonly port: number }> {
    const executors = createRedisExecutors({ url: this.#redisUrl });
    this.#closing.push(() => executors.close());
    const { namespace } = this;
    const route = createStatefulRoute({ executors, namespace, services: ['room'], logger: silentLogger });
    await route.start();
    this.#closing.push(() => route.stop());
    const gateway = createGateway(route, { service: 'room', ...options });
    const server = createServer(gateway.request).on('upgrade', gateway.upgrade);
    server.on('checkContinue', gateway.request).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#closing.push(async () => {
      server.close();
      await gateway.close();
      server.closeAllConnections();
    });
    return { route, port: (server.address() as AddressInfo).port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.toReversed()) await close();
  }
}
