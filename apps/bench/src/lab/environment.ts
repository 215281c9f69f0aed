import { createRequire } from 'node:module';
import { arch, cpus, release, totalmem, type } from 'node:os';
import type { BenchSettings } from '../benchmark.ts';
import { inLab } from './bench-lab.ts';

/** What figures depend on beside the code. */
export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly redis: string;
  readonly ioredis: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly os: string;
  readonly rounds: number;
  readonly scale: number;
  readonly seed: number;
}

/** Reads the environment of this run. */
export async function readEnvironment(settings: BenchSettings): Promise<Environment> {
  const { rounds, scale, seed } = settings;
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    redis: await redisVersion(settings),
    ioredis: versionOf('ioredis'),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    os: `${type()} ${release()}, ${arch()}`,
    rounds,
    scale,
    seed,
  };
}

function versionOf(dependency: string): string {
  return (createRequire(import.meta.url)(`${dependency}/package.json`) as { version: string }).version;
}

function redisVersion(settings: BenchSettings): Promise<string> {
  return inLab(settings, async (lab) => {
    const client = await lab.raw(await lab.redisUrl());
    const info = await client.info('server');
    return /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
  });
}
