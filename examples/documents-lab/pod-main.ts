/** The pod of the example with a slow storage and times of a test's choice. Otherwise it is `../hocuspocus/main.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, fromEnv, type RouteConfigInput } from '@stateful-route/driver';
import { Redis } from 'ioredis';
import { runDocumentPod } from '../hocuspocus/document-pod.ts';
import { DocumentStorage } from '../hocuspocus/document-storage.ts';

class SlowStorage extends DocumentStorage {
  override async save(name: string, token: number, update: Uint8Array): Promise<void> {
    await sleep(saveMs);
    await super.save(name, token, update);
  }
}

const { REDIS_URL = '', STORAGE_URL = '', PORT = '', SAVE_MS = '0', ROUTE_CONFIG = '{}' } = process.env;
const saveMs = Number(SAVE_MS);
const config = JSON.parse(ROUTE_CONFIG) as RouteConfigInput;
const executors = createRedisExecutors({ url: REDIS_URL });
const storage = new Redis(STORAGE_URL);
const route = createStatefulRoute({ ...fromEnv(), executors, address: `127.0.0.1:${PORT}`, config });

await runDocumentPod(route, new SlowStorage(storage), Number(PORT));
await executors.close();
storage.disconnect();
