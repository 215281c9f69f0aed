import { expect, it } from 'vitest';
import { runProgram } from '../run-program.ts';

const program = `
  import { createMemoryExecutors } from '@stateful-route/adapter-memory';
  import { createStatefulRoute } from '@stateful-route/driver';
  const executors = createMemoryExecutors();
  const pod = createStatefulRoute({ executors, namespace: 'game', serviceName: 'room', podId: 0, config: { drainTimeoutMs: 1_100 } });
  await pod.start();
  await pod.server.claim('ada');
  const report = await pod.stop();
  const { pods } = await executors.stateful.getServiceState('game', 'room');
  console.log(JSON.stringify({ report, state: pods.get(0).state }));
`;

it('a process without other work runs until stop has ended, and no longer', () => {
  const { stdout, status } = runProgram(program);
  expect(JSON.parse(stdout || 'null')).toEqual({ report: { left: 1, unsaved: [] }, state: 'TERMINATING' });
  expect(status).toBe(0);
});
