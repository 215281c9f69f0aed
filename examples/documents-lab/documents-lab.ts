import { createRedisExecutors } from '@stateful-route/adapter-redis';
import {
  createStatefulRoute,
  type RouteConfigInput,
  silentLogger,
  type StatefulRoute,
} from '@stateful-route/driver';
import { type RedisServer, startRedis, until } from '@stateful-route/harness';
import { applyUpdate, Doc } from 'yjs';
import { ChildProgram } from '../test/child-program.ts';
import { marksOf, Writer, type WriterOptions } from './writer.ts';

const NAMESPACE = 'game';
const SERVICE = 'document';
const PODS = [0, 1, 2];
const DOCUMENTS = 30;
const WRITERS_EACH = 2;
/** A program may be slow to load on a busy machine. */
const STARTS = { withinMs: 60_000, everyMs: 50 };

/** How a lab runs. */
export interface LabOptions {
  /** How long the storage takes for a save. */
  readonly saveMs?: number | undefined;
  /** Times of the routes. Default: the library's. */
  readonly config?: RouteConfigInput | undefined;
  /** How often each provider writes. Default: 50. */
  readonly everyMs?: number | undefined;
}

/** Three pods with documents, a gateway, and two providers on each of thirty documents, all as processes but the providers. */
export class DocumentsLab implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly storage: RedisServer;
  readonly writers: Writer[] = [];
  readonly #options: LabOptions;
  readonly #pods = new Map<number, ChildProgram>();
  readonly #ending: (() => unknown)[] = [];
  #gateway!: ChildProgram;
  #caller!: StatefulRoute<undefined>;

  private constructor(redis: RedisServer, storage: RedisServer, options: LabOptions) {
    this.redis = redis;
    this.storage = storage;
    this.#options = options;
    this.#ending.push(
      () => redis.stop(),
      () => storage.stop(),
    );
  }

  /** Resolves when every provider is connected and has written. */
  static async start(options: LabOptions = {}): Promise<DocumentsLab> {
    const lab = new DocumentsLab(await startRedis(), await startRedis(), options);
    try {
      await lab.#startAll();
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A provider. One on a document of the lab's writers gets a name of its own. */
  writer(options: Pick<WriterOptions, 'document' | 'name' | 'leavesAtClose'>): Writer {
    const writer = new Writer({
      url: this.#gateway.url.replace('http', 'ws'),
      everyMs: this.#options.everyMs ?? 50,
      ...options,
    });
    this.#ending.push(() => writer.leave());
    return writer;
  }

  pod(podId: number): ChildProgram {
    return this.#pods.get(podId)!;
  }

  /** Starts a pod, and waits until callers may be given it. One that could not start is started again, as Kubernetes does. */
  async startPod(podId: number): Promise<void> {
    const spawn = (): Promise<ChildProgram> =>
      this.#spawn('pod-main.ts', {
        POD_NAMESPACE: NAMESPACE,
        POD_NAME: `${SERVICE}-${podId}`,
        STORAGE_URL: this.storage.url,
        SAVE_MS: String(this.#options.saveMs ?? 0),
      });
    let pod = await spawn();
    const takesDocuments = async (): Promise<boolean> => {
      if (pod.report().ending !== undefined) pod = await spawn();
      const { routable } = await this.#caller.routeInfo.snapshot(NAMESPACE, SERVICE);
      return routable.get(podId)?.address === new URL(pod.url).host;
    };
    await until(`pod ${podId} takes documents`, takesDocuments, STARTS).catch((cause: unknown) => {
      throw new Error(pod.report().output, { cause });
    });
    this.#pods.set(podId, pod);
  }

  /** Ends a pod by SIGTERM, and waits for its end. */
  async endPod(podId: number): Promise<void> {
    const pod = this.pod(podId);
    pod.signal('SIGTERM');
    await until(`pod ${podId} ends`, () => pod.report().ending !== undefined, { withinMs: 40_000 });
    const { ending, output } = pod.report();
    if (ending !== 0) throw new Error(`pod ${podId} ended with ${ending}: ${output}`);
  }

  /** The documents whose link names a pod. */
  async documentsOf(podId: number): Promise<string[]> {
    const links = await this.#caller.client.batchGetLinkedPod(NAMESPACE, this.#documents(), SERVICE);
    return links.get(podId) ?? [];
  }

  /** The marks in the storage. */
  async saved(document: string): Promise<string[]> {
    const update = await this.storage.client.hgetBuffer(`document:${document}`, 'update');
    const doc = new Doc();
    if (update) applyUpdate(doc, update);
    return marksOf(doc);
  }

  /** Lets a pod end, and waits until every provider of its documents has an acknowledgement of another one. */
  async movedBy(podId: number, end: () => Promise<void>, withinMs: number): Promise<void> {
    const documents = new Set(await this.documentsOf(podId));
    const moving = this.writers
      .filter(({ document }) => documents.has(document))
      .map((writer) => ({ writer, before: writer.gaps.length }));
    await end();
    const haveMoved = (): boolean => moving.every(({ writer, before }) => writer.gaps.length > before);
    await until('the providers have moved', haveMoved, { withinMs });
  }

  /**
   * Stops writing, and waits until all replicas and the storage have every mark that was ever written, once, and nothing else.
   * Rejects with the differences.
   */
  async converged(withinMs = 30_000): Promise<void> {
    for (const writer of this.writers) writer.pause();
    let difference = '';
    await until(
      'all replicas and the storage are the same',
      async () => (difference = await this.#difference()) === '',
      { withinMs, everyMs: 100 },
    ).catch((error: unknown) => {
      throw new Error(difference, { cause: error });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ending.toReversed()) await end();
  }

  async #startAll(): Promise<void> {
    const executors = createRedisExecutors({ url: this.redis.url });
    const { config = {} } = this.#options;
    this.#caller = createStatefulRoute({
      executors,
      namespace: NAMESPACE,
      services: [SERVICE],
      config,
      logger: silentLogger,
    });
    await this.#caller.start();
    this.#ending.push(
      () => executors.close(),
      () => this.#caller.stop(),
    );
    this.#gateway = await this.#spawn('gateway-main.ts', {});
    await Promise.all(PODS.map((podId) => this.startPod(podId)));
    const gateway = this.#gateway;
    const listens = (): boolean => {
      mustRun(gateway);
      return gateway.report().output.includes('listens');
    };
    await until('the gateway listens', listens, STARTS);
    for (const document of this.#documents()) {
      for (let each = 0; each < WRITERS_EACH; each++) {
        this.writers.push(this.writer({ document, name: `${document}-${each}` }));
      }
    }
    await until('all providers are connected', () => this.writers.every((one) => one.isSynced), STARTS);
    for (const writer of this.writers) writer.start();
  }

  #documents(): string[] {
    return Array.from({ length: DOCUMENTS }, (_, index) => `document-${index}`);
  }

  async #spawn(program: string, env: Readonly<Record<string, string>>): Promise<ChildProgram> {
    const child = await ChildProgram.spawn(`documents-lab/${program}`, {
      REDIS_URL: this.redis.url,
      ROUTE_CONFIG: JSON.stringify(this.#options.config ?? {}),
      ...env,
    });
    this.#ending.push(() => child.kill());
    return child;
  }

  async #difference(): Promise<string> {
    const differences: string[] = [];
    for (const document of this.#documents()) {
      const writers = this.writers.filter((writer) => writer.document === document);
      const expected = writers.flatMap(({ written }) => written).toSorted();
      const replicas = new Map(writers.map((writer, index) => [`replica ${index}`, writer.marks()]));
      replicas.set('the storage', await this.saved(document));
      for (const [where, marks] of replicas) {
        const found = new Set(marks);
        const missing = expected.filter((mark) => !found.has(mark));
        const doubled = marks.length - found.size;
        const strange = marks.length - doubled - (expected.length - missing.length);
        if (missing.length + doubled + strange === 0) continue;
        differences.push(
          `${document}: ${where} lacks ${missing.length} (${missing[0]}), has ${doubled} twice and ${strange} of nobody`,
        );
      }
      if (writers.some((writer) => !writer.isSynced))
        differences.push(`${document}: a provider is not synced`);
    }
    return differences.join('\n');
  }
}

function mustRun(program: ChildProgram): void {
  const { ending, output } = program.report();
  if (ending !== undefined) throw new Error(`ended with ${ending}: ${output}`);
}
