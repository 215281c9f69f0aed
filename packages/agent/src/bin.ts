import type { Executors, Logger } from '@stateful-route/core';
import { runAgent } from './program/run-agent.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Loads the optional peers. Rejects with what to install if one is missing. */
async function openStore(url: string, logger: Logger): Promise<Executors> {
  const load = async <T>(name: string, module: Promise<T>): Promise<T> => {
    try {
      return await module;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw new Error(`${name} is missing. Install it: npm install ${name}`, { cause: error });
    }
  };
  await load('ioredis', import('ioredis'));
  const { createRedisExecutors } = await load(
    '@stateful-route/adapter-redis',
    import('@stateful-route/adapter-redis'),
  );
  return createRedisExecutors({ url, logger });
}

// Handles of the child, and connections that are being closed, do not keep a program alive that has ended.
process.exit(
  await runAgent(process.argv.slice(2), {
    env: process.env,
    output: {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
    },
    onTerminate: (listener) => {
      for (const signal of SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of SIGNALS) process.off(signal, listener);
      };
    },
    openStore,
  }),
);
