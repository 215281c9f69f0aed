/**
 * A pod of the documents as a program. Run some of them, each with a port of its own, and a gateway (README.md).
 */
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, fromEnv } from '@stateful-route/driver';
import { Redis } from 'ioredis';
import { runDocumentPod } from './document-pod.ts';
import { DocumentStorage } from './document-storage.ts';

const { REDIS_URL = '', STORAGE_URL = '', POD_IP = '127.0.0.1', PORT = '8080' } = process.env;
const executors = createRedisExecutors({ url: REDIS_URL });
const storage = new Redis(STORAGE_URL);
const route = createStatefulRoute({ ...fromEnv(), executors, address: `${POD_IP}:${PORT}` });

await runDocumentPod(route, new DocumentStorage(storage), Number(PORT));
await executors.close();
storage.disconnect();
