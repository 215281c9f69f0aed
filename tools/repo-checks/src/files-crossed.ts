import { Session } from 'node:inspector/promises';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute } from '@stateful-route/driver';

// files-crossed.ts REDIS_URL: the files of this workspace's packages that a call of a new user runs through, by V8's
// coverage, as JSON. The directory and both drivers are in use by then.
const CALLS = 3;
const [url = ''] = process.argv.slice(2);
const executors = createRedisExecutors({ url });
// The times of this profile are so long that nothing runs in the background.
const room = { executors, namespace: 'crossed', serviceName: 'room', config: { profile: 'compat' } } as const;
const pod = createStatefulRoute({ ...room, podId: 0, address: '10.0.0.1:8080' });
const gateway = createStatefulRoute(room);
await pod.start();
await gateway.start();

console.log(
  JSON.stringify({
    computeLinkedPod: await filesCrossed((uid) => gateway.client.computeLinkedPod('crossed', uid, 'room')),
    claim: await filesCrossed((uid) => pod.server.claim(uid)),
  }),
);
await gateway.stop();
await pod.stop({ signal: AbortSignal.abort() });
await executors.close();

/** The files of the call that ran through the fewest: what another ran through besides was no part of it. */
async function filesCrossed(call: (uid: string) => Promise<unknown>): Promise<string[]> {
  await call(`first-${call.name}`);
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const lists: string[][] = [];
  for (let nth = 0; nth < CALLS; nth++) {
    await session.post('Profiler.takePreciseCoverage');
    await call(`user-${nth}`);
    const { result } = await session.post('Profiler.takePreciseCoverage');
    lists.push(
      result.flatMap(({ url: file, functions }) => {
        const [, ours] = /\/packages\/(.*\/src\/.*)$/.exec(file) ?? [];
        const ran = functions.some(({ ranges }) => ranges.some(({ count }) => count > 0));
        return ours !== undefined && ran ? [ours] : [];
      }),
    );
  }
  session.disconnect();
  return lists.reduce((least, files) => (files.length < least.length ? files : least)).toSorted();
}
