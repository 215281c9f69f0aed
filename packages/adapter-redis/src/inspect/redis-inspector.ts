import type { Clock } from '@stateful-route/core';
import {
  checkNamespace,
  checkServiceName,
  type KeyFault,
  type ScannedLink,
  type ScanOptions,
  type ScanPage,
  type StoreCheck,
  type StoreInspector,
} from '@stateful-route/core/adapter';
import type { RedisClient } from '../client/redis-client.ts';
import { linkPattern, parseKey } from '../keys.ts';
import { inspectError } from './inspect-error.ts';
import { readServer } from './read-server.ts';
import { checkRights } from './rights.ts';
import { scanFaults } from './scan-faults.ts';
import { scanKeys } from './scan-keys.ts';
import { serverChecks } from './server-checks.ts';
import { connectedMasters } from './servers.ts';

/** Reads what operators look for in Redis. */
export class RedisInspector implements StoreInspector {
  readonly #client: RedisClient;
  readonly #clock: Clock;

  constructor(client: RedisClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async *scanLinks(
    namespace: string,
    { serviceName, ...options }: ScanOptions & { readonly serviceName?: string | undefined } = {},
  ): AsyncGenerator<ScanPage<ScannedLink>> {
    checkNamespace(namespace);
    if (serviceName !== undefined) checkServiceName(serviceName);
    const pages = scanKeys(this.#client, linkPattern(namespace, serviceName), options, this.#clock);
    yield* withErrors(
      'scanLinks',
      options,
      mapped(pages, ({ keys, scanned, total }) => {
        const found = keys.flatMap((key): ScannedLink[] => {
          const known = parseKey(namespace, key);
          return known?.kind === 'link' ? [{ uid: known.uid, serviceName: known.serviceName }] : [];
        });
        return { found, scanned, total };
      }),
    );
  }

  async *scanFaults(namespace: string, options: ScanOptions = {}): AsyncGenerator<ScanPage<KeyFault>> {
    checkNamespace(namespace);
    yield* withErrors('scanFaults', options, scanFaults(this.#client, namespace, options, this.#clock));
  }

  async checkServers(): Promise<StoreCheck[]> {
    try {
      const masters = await connectedMasters(this.#client);
      return serverChecks(await Promise.all(masters.map((server) => readServer(server, this.#clock))));
    } catch (error) {
      throw inspectError('checkServers', error);
    }
  }

  async checkRights(namespace: string, rights: 'read' | 'all'): Promise<StoreCheck> {
    checkNamespace(namespace);
    try {
      await connectedMasters(this.#client);
      return await checkRights(this.#client, namespace, rights);
    } catch (error) {
      throw inspectError('checkRights', error);
    }
  }
}

async function* mapped<From, To>(pages: AsyncIterable<From>, map: (page: From) => To): AsyncGenerator<To> {
  for await (const page of pages) yield map(page);
}

async function* withErrors<T>(
  operation: string,
  { signal }: ScanOptions,
  pages: AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? error : inspectError(operation, error);
  }
}
