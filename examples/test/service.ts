import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, silentLogger } from '@stateful-route/driver';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { vi } from 'vitest';
import { ChildProgram } from './child-program.ts';

/** Below `examples`: `stateful-route-gateway`, from its source. */
const GATEWAY = '../packages/gateway/src/bin.ts';
const STARTS_WITHIN = { timeout: 30_000, interval: 50 };
const ENDS_WITHIN = { timeout: 30_000, interval: 50 };

/** The pods of an example as processes, and the gateway before them as another. */
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

  /** @param uid - where the uid of a request is, as the program takes it: `header:x-user`. */
  async startGateway(uid: string): Promise<ChildProgram> {
    const to = ['--namespace', this.namespace, '--service', 'room', '--uid', uid, '--no-admin'];
    const gateway = await ChildProgram.spawn(GATEWAY, { REDIS_URL: this.#redisUrl }, (port) => {
      return [...to, '--listen', `127.0.0.1:${port}`];
    });
    this.#closing.push(() => gateway.kill());
    await vi.waitFor(async () => {
      const { status } = await fetch(gateway.url);
      if (status >= 500) throw new Error(`${status} from the gateway: ${gateway.report().output}`);
    }, STARTS_WITHIN);
    return gateway;
  }

  /** The pods of these users. */
  async podsOf(uids: readonly string[]): Promise<number[]> {
    const { namespace } = this;
    const executors = createRedisExecutors({ url: this.#redisUrl });
    const route = createStatefulRoute({ executors, namespace, services: ['room'], logger: silentLogger });
    await route.start();
    const pods = await Promise.all(uids.map((uid) => route.service('room').locate(uid)));
    await route.stop();
    await executors.close();
    return pods.map(({ podId }) => podId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closing.toReversed()) await close();
  }
}
