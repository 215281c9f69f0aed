import { describe, expect, it } from 'vitest';
import { look } from './support/looking.ts';

const ROOM = '/api/v1/services/room';

it('says what it shows, and to whom', async () => {
  await using looking = await look();
  expect((await looking.get('/api/v1/console')).body).toEqual({
    namespace: 'test',
    services: ['room'],
    who: 'carol',
    mayAct: true,
  });
  expect((await looking.get('/api/v1/services')).body).toMatchObject({
    services: [{ service: 'room', pods: 3, routable: 3 }],
  });
});

it('shows the services that it is given, and no other', async () => {
  await using looking = await look({ services: ['chat'] });
  expect((await looking.get('/api/v1/console')).body.services).toEqual(['chat']);
  expect(await looking.get(`${ROOM}/pods`)).toMatchObject({
    status: 404,
    body: { error: { code: 'NOT_FOUND', message: 'There is no service room here.' } },
  });
});

it('shows a drain, what is left of it, and its end', async () => {
  await using looking = await look();
  const { route, get, post } = looking;
  const pod = route.pods[1]!;
  route.onHandOff(1, async () => {});
  for (const uid of ['ada', 'bob', 'eve']) await pod.server.claim(uid);
  await route.advance(3_000);
  expect(await post(`${ROOM}/pods/1/drain`, { ratePerSecond: 0.5 })).toMatchObject({
    status: 200,
    body: { by: 'carol', sentence: expect.stringMatching(/^room-1 takes no new users, .*0\.5 a second/) },
  });
  await route.advance(4_000);
  const { body: during } = await get(`${ROOM}/pods/1`);
  expect(during).toMatchObject({
    pod: { podId: 1, status: 'draining', intent: 'drain', ratePerSecond: 0.5 },
    notDrained: expect.stringMatching(/^it holds \d users?$/),
    drain: { by: 'carol', startedWith: 3, ratePerSecond: 0.5 },
  });
  const { left, timeLeftMs } = during.drain;
  expect(left).toBeLessThan(3);
  expect(timeLeftMs).toBe((left / 0.5) * 1_000);
  expect(during.journal).toContainEqual(
    expect.objectContaining({ type: 'intent', intent: 'drain', by: 'carol' }),
  );

  await route.advance(20_000);
  const { body: after } = await get(`${ROOM}/pods/1`);
  expect(after).toMatchObject({ pod: { users: 0 }, drain: { left: 0 } });
  expect(after.notDrained).toBeUndefined();
  expect(after.notSafeToStop).toBeUndefined();

  await post(`${ROOM}/pods/1/resume`, {});
  await route.advance(4_000);
  const { body: resumed } = await get(`${ROOM}/pods/1`);
  expect(resumed).toMatchObject({ pod: { status: 'routable', intent: 'resume' } });
  expect(resumed.drain).toBeUndefined();
});

describe('a user', () => {
  it('is explained, with what was done to him by name', async () => {
    await using looking = await look();
    const { route, get, post } = looking;
    await route.pods[2]!.server.claim('ada');
    await route.advance(3_000);
    expect((await get(`${ROOM}/user?uid=ada&not=0`)).body).toMatchObject({
      uid: 'ada',
      explanation: {
        link: { podId: 2, permanent: true, reason: { why: 'claimed' } },
        outcome: { action: 'return', podId: 2 },
        not: { podId: 0 },
      },
      journal: [],
    });
    expect(await post(`${ROOM}/user/unlink`, { uid: 'ada' })).toMatchObject({
      status: 409,
      body: { error: { code: 'REFUSED', message: 'ada is claimed by room-2. Kick ends a claim.' } },
    });
    expect(await post(`${ROOM}/user/kick`, { uid: 'ada' })).toMatchObject({
      status: 200,
      body: { by: 'carol', sentence: 'ada is not claimed by room-2 any more.' },
    });
    await route.advance(1_000);
    expect(route.pods[2]!.server.holds('ada')).toBe(false);
    expect((await get(`${ROOM}/user?uid=ada`)).body.journal).toMatchObject([
      { type: 'kicked', podId: 2, uid: 'ada', by: 'carol' },
    ]);
    expect(await post(`${ROOM}/user/kick`, { uid: 'ada' })).toMatchObject({ status: 404 });
  });

  it('with a temporary link is moved at once, and unlinked', async () => {
    await using looking = await look();
    const { route, get, post } = looking;
    const { podId } = await route.gateway.service('room').locate('ada');
    const to = (podId + 1) % 3;
    expect(await post(`${ROOM}/user/move`, { uid: 'ada', to })).toMatchObject({
      status: 200,
      body: { sentence: `ada moved from room-${podId} to room-${to}.` },
    });
    expect((await get(`${ROOM}/user?uid=ada`)).body).toMatchObject({
      explanation: { link: { podId: to, permanent: false, reason: { why: 'moved', by: 'carol' } } },
      journal: [{ type: 'moved', podId, to, by: 'carol' }],
    });
    expect(await post(`${ROOM}/user/unlink`, { uid: 'ada' })).toMatchObject({ status: 200 });
    expect((await get(`${ROOM}/user?uid=ada`)).body.explanation.link).toBeUndefined();
  });

  it('with a claim is moved by an order to his pod', async () => {
    await using looking = await look();
    const { route, get, post } = looking;
    route.onHandOff(0, async () => {});
    await route.pods[0]!.server.claim('ada');
    const { status, body } = await post(`${ROOM}/user/move`, { uid: 'ada', to: 1 });
    expect({ status, sentence: body.sentence }).toEqual({
      status: 200,
      sentence: 'room-0 is told to move ada to room-1.',
    });
    await route.advance(3_000);
    const { body: after } = await get(`${ROOM}/user?uid=ada`);
    expect(after.explanation.link).toMatchObject({ podId: 1, reason: { why: 'moved', by: 'carol' } });
    expect(after.journal).toMatchObject([
      { type: 'order', podId: 0, by: 'carol', order: { id: body.orderId, kind: 'move', to: 1 } },
      { type: 'order-ended', orderId: body.orderId, outcome: 'done', moved: 1 },
    ]);
  });

  it('is pinned to a pod, and let go', async () => {
    await using looking = await look();
    const { get, post } = looking;
    expect(await post(`${ROOM}/user/pin`, { uid: 'ada', to: 2 })).toMatchObject({
      status: 200,
      body: { by: 'carol', sentence: 'ada is pinned to room-2.' },
    });
    const { body } = await get(`${ROOM}/user?uid=ada`);
    expect(body).toMatchObject({ pin: { podId: 2, by: 'carol' }, journal: [{ type: 'pinned', podId: 2 }] });
    expect(await post(`${ROOM}/user/pin`, { uid: 'ada', to: 9 })).toMatchObject({ status: 404 });
    expect((await post(`${ROOM}/user/unpin`, { uid: 'ada' })).body.sentence).toBe(
      'ada is not pinned any more.',
    );
    expect((await post(`${ROOM}/user/unpin`, { uid: 'ada' })).body.sentence).toBe('ada is not pinned.');
    expect((await get(`${ROOM}/user?uid=ada`)).body.pin).toBeUndefined();
  });

  it('is not quarantined, and may be let go all the same', async () => {
    await using looking = await look();
    const { get, post } = looking;
    expect((await post(`${ROOM}/user/unquarantine`, { uid: 'ada' })).body).toEqual({
      by: 'carol',
      sentence: 'ada is not quarantined.',
    });
    expect((await get(`${ROOM}/user?uid=ada`)).body.quarantinedUntil).toBeUndefined();
  });

  it('is not moved to a pod that takes nobody, or that there is not', async () => {
    await using looking = await look();
    const { route, post } = looking;
    await route.pods[0]!.server.claim('ada');
    await route.pods[1]!.server.setRoutingState('DENY_NEW_CALL');
    expect(await post(`${ROOM}/user/move`, { uid: 'ada', to: 1 })).toMatchObject({
      status: 409,
      body: { error: { message: 'room-1 takes no new users: it is draining.' } },
    });
    expect(await post(`${ROOM}/user/move`, { uid: 'ada', to: 9 })).toMatchObject({ status: 404 });
    expect(await post(`${ROOM}/user/move`, { uid: 'joe', to: 2 })).toMatchObject({ status: 404 });
  });
});

it('reads the journal by type, pod, user and page', async () => {
  await using looking = await look();
  const { route, get } = looking;
  const { server } = route.executors;
  for (const podId of [0, 1, 2]) await server.setPodIntent(route.namespace, 'room', podId, 'cordon');
  const { body: all } = await get(`${ROOM}/journal?types=intent`);
  expect(all.entries).toMatchObject([{ podId: 0 }, { podId: 1 }, { podId: 2 }]);
  expect(all.types).toContain('take-overs');
  const { body: one } = await get(`${ROOM}/journal?types=intent,dead&podId=1`);
  expect(one.entries).toMatchObject([{ podId: 1 }]);
  await server.setPodIntent(route.namespace, 'room', 0, 'resume');
  const { body: next } = await get(`${ROOM}/journal?types=intent&after=${all.after}`);
  expect(next.entries).toMatchObject([{ podId: 0, intent: 'resume' }]);
  expect((await get(`${ROOM}/journal?limit=2`)).body.entries).toHaveLength(2);
});

it.each<[string, string, string]>([
  ['an unknown service', '/api/v1/services/none/pods', 'NOT_FOUND'],
  ['a service that is no name', '/api/v1/services/a%20b/pods', 'INVALID_REQUEST'],
  ['a pod that there is not', `${ROOM}/pods/9`, 'NOT_FOUND'],
  ['users of a pod that there is not', `${ROOM}/pods/9/users`, 'NOT_FOUND'],
  ['a pod that is no number', `${ROOM}/pods/-1`, 'INVALID_REQUEST'],
  ['a pod that is too large a number', `${ROOM}/pods/4294967296`, 'INVALID_REQUEST'],
  ['no user', `${ROOM}/user`, 'INVALID_REQUEST'],
  ['a user that cannot be one', `${ROOM}/user?uid=%7Bx%7D`, 'INVALID_REQUEST'],
  ['a type that there is not', `${ROOM}/journal?types=nonsense`, 'INVALID_REQUEST'],
  ['a page that cannot be', `${ROOM}/journal?after=nonsense`, 'INVALID_REQUEST'],
  ['too long a page', `${ROOM}/journal?limit=1001`, 'INVALID_REQUEST'],
  ['a stream of no service', '/api/v1/events', 'INVALID_REQUEST'],
  ['a path that there is not', '/api/v1/nothing', 'NOT_FOUND'],
])('says what is wrong with %s', async (_, path, code) => {
  await using looking = await look();
  const { status, body } = await looking.get(path);
  expect(body).toEqual({ error: { code, message: expect.stringMatching(/\.$/) } });
  expect(status).toBe(code === 'NOT_FOUND' ? 404 : 400);
});

it.each<[string, string, unknown]>([
  ['no JSON', `${ROOM}/pods/1/drain`, '{'],
  ['a list', `${ROOM}/pods/1/drain`, []],
  ['a rate that is none', `${ROOM}/pods/1/drain`, { ratePerSecond: 0 }],
  ['a rate with a cordon', `${ROOM}/pods/1/cordon`, { ratePerSecond: 5 }],
  ['an unknown name', `${ROOM}/pods/1/drain`, { rate: 5 }],
  ['no user', `${ROOM}/user/kick`, {}],
  ['a user that is a list', `${ROOM}/user/kick`, { uid: ['ada'] }],
  ['a move to nowhere', `${ROOM}/user/move`, { uid: 'ada' }],
  ['a name for who acts', `${ROOM}/user/kick`, { uid: 'ada', by: 'mallory' }],
  ['too long a body', `${ROOM}/user/kick`, { uid: 'a'.repeat(20_000) }],
])('refuses a body with %s', async (_, path, body) => {
  await using looking = await look();
  expect(await looking.post(path, body)).toMatchObject({
    status: 400,
    body: { error: { code: 'INVALID_REQUEST' } },
  });
});

it('keeps markup in names as it is, as text', async () => {
  const hostile = '<img src=x onerror=alert(1)>\u202e"\'&';
  await using looking = await look({ authorize: () => ({ who: hostile, may: 'act' }) });
  const { route, request, get, post } = looking;
  await route.pods[0]!.server.setMetadata({ zone: hostile });
  await route.pods[0]!.server.claim(hostile);
  await route.advance(3_000);
  const response = await request(`${ROOM}/pods`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect((await get(`${ROOM}/pods`)).body.pods[0].zone).toBe(hostile);
  expect((await get(`${ROOM}/user?uid=${encodeURIComponent(hostile)}`)).body.uid).toBe(hostile);
  const { body } = await post(`${ROOM}/user/kick`, { uid: hostile });
  expect(body).toMatchObject({ by: hostile, sentence: `${hostile} is not claimed by room-0 any more.` });
});
