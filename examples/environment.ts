/** The environment variables of all example programs. */
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import type { Executors } from '@stateful-route/driver';

/** The Redis that all pods and gateways share. */
export function executorsFromEnv(): Executors {
  const url = process.env['REDIS_URL'];
  if (!url)
    throw new Error('Set REDIS_URL to the Redis that pods and gateways share: redis://127.0.0.1:6379');
  return createRedisExecutors({ url });
}

/** Where this process listens, and the address by which others reach it. */
export function listeningFromEnv(): { host: string; port: number; address: string } {
  const port = Number(process.env['PORT'] ?? 8080);
  const ip = process.env['POD_IP'] ?? '127.0.0.1';
  return { host: process.env['POD_IP'] ? '0.0.0.0' : '127.0.0.1', port, address: `${ip}:${port}` };
}
