/**
 * An Express service that counts each user's visits. A user is served by one pod, from its memory; a visit is answered after it
 * was saved. See README.md for how to run it behind a gateway.
 */
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, fromEnv } from '@stateful-route/driver';
import { createHost, probes, runUntilSignal } from '@stateful-route/host';
import express from 'express';
import { Redis } from 'ioredis';
import { tokenStorage } from '../token-storage/token-storage.ts';

const { REDIS_URL = 'redis://127.0.0.1:6379', POD_IP = '127.0.0.1', PORT = '8080' } = process.env;
const redis = new Redis(REDIS_URL);
const executors = createRedisExecutors({ url: REDIS_URL });
const route = createStatefulRoute({ ...fromEnv(), executors, address: `${POD_IP}:${PORT}` });
const visits = tokenStorage(redis, 'visits', () => ({ count: 0 }));
const host = createHost(route, { ...visits, saveAfter: 'use' });

const app = express();
app.use(probes(route));
app.post('/visits', host.guard(), async (request, response) => {
  response.json(await request.entity.use((state: { count: number }) => ++state.count));
});

await runUntilSignal(app.listen(Number(PORT), POD_IP), route, host);
await Promise.all([executors.close(), redis.quit()]);
