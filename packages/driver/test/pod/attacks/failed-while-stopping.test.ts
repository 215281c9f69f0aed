import { expect, it } from 'vitest';
import { podFixture } from '../../pod-fixture.ts';

const config = { profile: 'realtime' } as const;

it('a stop ends soon where the pod says FAILED while it drains', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config });
  await a.start();
  await a.server.claim('ada');
  let report: unknown;
  void a.stop().then((reported) => (report = reported));
  await clock.advance(100);
  await a.server.setServiceState('FAILED').catch(() => {});
  await clock.advance(3_000);
  expect(report).toEqual({ left: 1, unsaved: [] });
});

it('a stop that FAILED cuts short names the users whose state was not saved', async () => {
  const { clock, pod } = podFixture();
  const a = pod(0, { config });
  const b = pod(1, { config });
  await a.start();
  await b.start();
  for (const uid of ['ada', 'bob', 'cy']) await a.server.claim(uid);
  a.server.onHandOff(({ uid }) => (uid === 'ada' ? undefined : new Promise(() => {})));
  let report: unknown;
  void a.stop().then((told) => (report = told));
  await clock.advance(100);
  expect(a.server.held()).toEqual(new Set());
  await a.server.setServiceState('FAILED').catch(() => {});
  await clock.advance(3_000);
  expect(report).toEqual({ left: 2, unsaved: ['bob', 'cy'] });
});
