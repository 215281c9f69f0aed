import { until } from '@stateful-route/harness';
import { decorateExecutors, type PodReport } from '@stateful-route/core/adapter';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { scenario } from '../scenario.ts';

export const lateBeat = scenario({
  name: 'late-beat',
  rows: {
    'late-beat': {
      shown: 'late heartbeats of a drained or a stopped pod that change its entry',
      bound: 0,
      unit: 'beats',
    },
  },
  run: () =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const executors = lab.executors({ url: server.url });
      const reports: PodReport[] = [];
      const noted = decorateExecutors(executors, (call) => {
        if (call.method === 'setServiceState') reports.push(call.args[3] as PodReport);
        return call.run(call.options);
      });
      const pod = await lab.pod(0, { executors: noted, namespace: 'game', config: shortLease(2_000) });
      await until('some beats', () => reports.length > 3);

      let taken = 0;
      /** Sends all heartbeats but the last again, as a slow network would. */
      const repeat = async (
        isAsItWas: (entry: { state: string; routingState: string }) => boolean,
      ): Promise<void> => {
        for (const report of reports.slice(0, -1)) {
          await executors.stateful.setServiceState('game', SERVICE, 0, report);
          const { pods } = await executors.stateful.getServiceState('game', SERVICE);
          const entry = pods.get(0);
          if (!entry || !isAsItWas(entry)) taken += 1;
        }
      };
      // A drain without time reports before its heartbeat is acknowledged.
      await pod.server.drain({ deadlineMs: 0 });
      await until('the beat that refuses new users', async () => {
        const { pods } = await executors.stateful.getServiceState('game', SERVICE);
        return pods.get(0)?.routingState === 'DENY_NEW_CALL';
      });
      await repeat(({ routingState }) => routingState === 'DENY_NEW_CALL');
      await pod.stop();
      await repeat(({ state }) => state === 'TERMINATING');
      return { 'late-beat': taken };
    }),
});
