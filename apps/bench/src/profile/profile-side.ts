import { type Profiler, Session } from 'node:inspector/promises';
import type { Cluster, Redis } from 'ioredis';
import type { Loop } from '../measure/closed-loop.ts';
import type { Side } from '../measure/rounds.ts';

/** What calls of one side cost. */
export interface SideProfile {
  /** Calls per second, while they were profiled. */
  readonly perSecond: number;
  readonly calls: number;
  /** Processor time of this process for a call, in µs, with that of making new users before each loop. */
  readonly callerUs: number;
  /** Processor time of all servers for a call, in µs. */
  readonly serversUs: number;
  readonly profile: Profiler.Profile;
}

/** How often V8 notes what runs. */
const INTERVAL_US = 200;

/** Profiles so many loops of a side, after one that warms up. */
export async function profileSide(
  side: Side<Loop>,
  loops: number,
  servers: Redis | Cluster,
): Promise<SideProfile> {
  await side();
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    const serversBefore = await serversCpuUs(servers);
    await session.post('Profiler.start');
    const before = process.cpuUsage();
    const done: Loop[] = [];
    for (let loop = 0; loop < loops; loop++) done.push(await side());
    const { user, system } = process.cpuUsage(before);
    const { profile } = await session.post('Profiler.stop');
    const serversUsed = (await serversCpuUs(servers)) - serversBefore;
    const calls = sum(done.map((loop) => loop.calls));
    return {
      perSecond: sum(done.map(({ perSecond }) => perSecond)) / loops,
      calls,
      callerUs: (user + system) / calls,
      serversUs: serversUsed / calls,
      profile,
    };
  } finally {
    session.disconnect();
  }
}

/** The processor time that the servers have used, in µs. */
async function serversCpuUs(client: Redis | Cluster): Promise<number> {
  const servers = client.isCluster ? (client as Cluster).nodes('master') : [client as Redis];
  const infos = await Promise.all(servers.map((server) => server.info('cpu')));
  const seconds = infos.flatMap((info) =>
    [...info.matchAll(/^used_cpu_(?:user|sys):(\S+)/gm)].map(([, used]) => Number(used)),
  );
  return sum(seconds) * 1e6;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
