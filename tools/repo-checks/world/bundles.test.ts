import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testRedis } from '@stateful-route/testkit/redis';
import { expect, it, onTestFinished } from 'vitest';
import { shellBlocks } from '../src/readme-blocks.ts';
import { mustRun } from '../src/run-command.ts';
import { root } from '../src/workspace.ts';
import { usersProject } from './support/users-project.ts';

/** A gateway, and a pod for it to find. */
const gateway = `
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute } from '@stateful-route/driver';

async function main(): Promise<void> {
  const executors = createRedisExecutors({ url: process.env.REDIS_URL! });
  const room = { executors, namespace: 'game', serviceName: 'room' };
  const pod = createStatefulRoute({ ...room, podId: 0, address: '10.0.0.7:8080' });
  const gateway = createStatefulRoute(room);
  await pod.start();
  await gateway.start();
  const { address } = await gateway.service('room').locate('ada');
  console.log(address, (await pod.server.claim('ada')).claimed);
  await pod.server.release('ada');
  await gateway.stop();
  await pod.stop();
  await executors.close();
}

void main();
`;

it('a gateway runs from the bundles that the README makes of it', async () => {
  const redis = await testRedis();
  onTestFinished(() => redis.stop());
  const lines = bundleLines();
  expect(lines.map(({ bundler, format }) => `${bundler} ${format}`)).toEqual([
    'esbuild cjs',
    'esbuild mjs',
    'bun mjs',
  ]);
  const project = await usersProject(
    ['adapter-redis', 'driver'],
    ['ioredis', 'reflect-metadata', 'tsyringe', 'esbuild', 'bun'],
  );
  project.write('gateway.ts', gateway);
  for (const { line, file } of lines) {
    await project.run('sh', ['-c', line]);
    const printed = await runAlone(join(project.path, file), { REDIS_URL: redis.url });
    expect(`${line}\n${printed}`).toBe(`${line}\n10.0.0.7:8080 true\n`);
  }
});

interface BundleLine {
  readonly line: string;
  readonly bundler: string;
  readonly file: string;
  readonly format: string;
}

/** The README's commands for a bundle. */
function bundleLines(): BundleLine[] {
  const readme = readFileSync(join(root, 'packages/adapter-redis/README.md'), 'utf8');
  return shellBlocks(readme)
    .flatMap((block) => block.split('\n'))
    .flatMap((line) => {
      const [, bundler, file, format] = /^npx (esbuild|bun)\b.* --outfile=(\S+\.(\w+))/.exec(line) ?? [];
      return bundler && file && format ? [{ line, bundler, file, format }] : [];
    });
}

/** Runs a program in an empty folder. */
async function runAlone(program: string, env: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'alone-'));
  try {
    const file = program.slice(program.lastIndexOf('/') + 1);
    copyFileSync(program, join(folder, file));
    return await mustRun('node', [file], { cwd: folder, env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
