import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocatedPod, NOT_MINE } from '@stateful-route/core';
import { trialsOf, until } from '@stateful-route/harness';
import { AgentProcess, FAMILIES } from '../agents/agent-process.ts';
import { inLab, type Lab, SERVICE } from '../lab/lab.ts';
import { histogram } from '../report/histogram.ts';
import { quantile } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

/** The lease is long: what is faster does not come from it. */
const CONFIG = { leaseSeconds: 30 };
const NAMESPACE = 'proof';
/** The pods that take over. */
const STANDING = 2;
/** How many agents run at a time. */
const AGENTS = 4;
const BUCKETS_MS = [50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1_000];
/** How long it is watched that a pod whose agent was killed counts as alive. */
const WATCHED_MS = 1_000;

export const proofOfDeath = scenario({
  name: 'proof-of-death',
  rows: {
    p50: {
      shown: 'from SIGKILL of a child under an agent to the first answer of another pod, median',
      bound: 300,
      unit: 'ms',
    },
    p99: { shown: 'the same, 99 % of the trials', bound: 1_000, unit: 'ms' },
    early: {
      shown: 'pods declared dead while they, or a process of their session, lived',
      bound: 0,
      unit: 'pods',
    },
  },
  run: ({ seed, trials, say }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const fleet = await startFleet(lab, server.url);
      const took: number[] = [];
      const all = trialsOf(seed, trials);
      for (let at = 0; at < all.length; at += AGENTS) {
        const agents = await fleet.startAgents(
          all.slice(at, at + AGENTS).map(({ index }) => ({
            podId: STANDING + index,
            family: FAMILIES[index % FAMILIES.length]!,
          })),
        );
        // The last one of each round loses its agent, not its child: nobody may take its users then.
        const orphan = await fleet.startAgents([{ podId: STANDING + trials + at, family: 'alone' }]);
        for (const agent of agents) took.push(await fleet.kill(agent));
        await fleet.watchOrphan(orphan[0]!);
        await Promise.all([...agents, ...orphan].map((agent) => agent.end()));
      }
      for (const line of histogram(took, BUCKETS_MS)) say(line);
      return { p50: quantile(took, 0.5), p99: quantile(took, 0.99), early: fleet.early() };
    }),
});

interface AgentFleet {
  startAgents(of: readonly Pick<AgentProcess, 'podId' | 'family'>[]): Promise<AgentProcess[]>;
  /** Kills a child whose user is asked for all the time. Resolves with the ms until another pod answers. */
  kill(agent: AgentProcess): Promise<number>;
  /** Kills an agent, and watches that its pod counts as alive. */
  watchOrphan(agent: AgentProcess): Promise<void>;
  /** How many pods were declared dead too early. */
  early(): number;
}

/** Pods that take over, a caller, and agents. */
async function startFleet(lab: Lab, redis: string): Promise<AgentFleet> {
  const executors = lab.executors({ url: redis });
  const options = { executors, namespace: NAMESPACE, config: CONFIG };
  await Promise.all(Array.from({ length: STANDING }, (_, podId) => standingPod(lab, podId, options)));
  const caller = await lab.caller({ ...options, executors: lab.executors({ url: redis }) });
  const rooms = caller.service(SERVICE);
  const early = new Set<number>();
  const running = new Map<number, AgentProcess>();
  const declaredDead = new Set<number>();

  // A pod that is declared dead must have no process by then. Checked at its first such event alone: a check reads all of /proc.
  caller.routeInfo.registerRoutingStateChangedEvent(NAMESPACE, ({ podId, current }) => {
    const agent = running.get(podId);
    if (!agent || (current?.state !== 'FAILED' && current?.state !== 'TERMINATING')) return;
    if (declaredDead.has(podId)) return;
    declaredDead.add(podId);
    if (agent.livingProcesses().length > 0) early.add(podId);
  });
  const ask = (uid: string): Promise<number> =>
    rooms.call(uid, async (pod: LocatedPod) => {
      const response = await fetch(`http://${pod.address}/`, { headers: { uid } });
      await response.text();
      if (response.status === 503) throw new Error(`Pod ${pod.podId} could not claim ${uid}.`);
      return response.status === 421 ? NOT_MINE : pod.podId;
    });
  return {
    early: () => early.size,
    startAgents: async (of) => {
      const agents = await Promise.all(
        of.map(({ podId, family }) =>
          AgentProcess.start({
            redis,
            namespace: NAMESPACE,
            service: SERVICE,
            podId,
            family,
            config: CONFIG,
          }),
        ),
      );
      for (const agent of agents) {
        lab.defer(() => agent.end());
        running.set(agent.podId, agent);
        await agent.claim(userOf(agent));
        await until(
          'the user is served by the child',
          async () => (await ask(userOf(agent))) === agent.podId,
        );
      }
      return agents;
    },
    kill: async (agent) => {
      const start = performance.now();
      agent.killChild();
      for (;;) {
        // A connection that breaks says that the request may have acted: this one is simply sent again.
        const podId = await ask(userOf(agent)).catch(() => undefined);
        if (podId !== undefined && podId !== agent.podId) break;
        await sleep(1);
      }
      const took = performance.now() - start;
      if (agent.livingProcesses().length > 0) early.add(agent.podId);
      return took;
    },
    watchOrphan: async (agent) => {
      agent.killAgent();
      const until = performance.now() + WATCHED_MS;
      while (performance.now() < until) {
        const podId = await ask(userOf(agent)).catch(() => undefined);
        if (podId !== undefined && podId !== agent.podId) early.add(agent.podId);
        await sleep(20);
      }
      // Its lease would run for long: later trials must not meet it.
      await agent.end();
      await executors.stateful.removeServiceState(NAMESPACE, SERVICE, agent.podId);
    },
  };
}

const userOf = ({ podId }: AgentProcess): string => `user-${podId}`;

/** A pod that claims whoever asks it. */
async function standingPod(lab: Lab, podId: number, options: Parameters<Lab['pod']>[1]): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  lab.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const pod = await lab.pod(podId, { ...options, address: `127.0.0.1:${port}` });
  server.on('request', (request, response) => {
    pod.server.claim(String(request.headers['uid'])).then(
      ({ claimed }) => response.writeHead(claimed ? 200 : 421).end(),
      () => response.writeHead(503).end(),
    );
  });
}
