import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { authRequest } from '../../src/program/admin/auth-request.ts';
import type { AdminService } from '../../src/program/admin/look-up.ts';

it('places nobody for a request that no proxy describes, though it has a uid', async () => {
  let places = 0;
  const handle = {
    peek: () => undefined,
    locate: async () => {
      places += 1;
      return { podId: 0, address: '10.0.0.1:80', temporary: true };
    },
  };
  const admission = {
    admit: () => ({ uid: 'ada', service: handle }),
    mayPlace: () => 0,
    allowAddress: () => true,
  };
  const service = { handle, admission } as unknown as AdminService;
  const asked = (rawHeaders: string[], headers: object): IncomingMessage =>
    ({ rawHeaders, headers }) as IncomingMessage;
  expect(await authRequest(service, asked([], {}), undefined)).toMatchObject({ status: 400 });
  expect(places).toBe(0);
  const described = asked(['X-Original-URI', '/'], { 'x-original-uri': '/' });
  expect(await authRequest(service, described, undefined)).toMatchObject({ status: 204 });
  expect(places).toBe(1);
});
