import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { getRequestListener } from '@hono/node-server';
import { createConsole } from '@stateful-route/console';
import { DemoError } from '../cli/demo-error.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { buildPage } from './build-page.ts';

/** A console that is being served. */
export interface ServedConsole {
  /** Where a browser finds it. */
  readonly url: string;
  close(): Promise<void>;
}

/** Only this machine reaches it, and a page of a stranger's name does not lead to it. */
const HOST = '127.0.0.1';
const NAMES = [HOST, 'localhost'];

/** Serves the console of a fleet to this machine. Whoever reaches it may act, as the user of the system. */
export async function serveConsole(
  { namespace, openDirectory }: Pick<Fleet, 'namespace' | 'openDirectory'>,
  port: number,
): Promise<ServedConsole> {
  await buildPage();
  const directory = openDirectory();
  const { username: who } = userInfo();
  const page = createConsole(directory.executors, {
    namespace,
    inspector: directory.inspector,
    authorize: () => ({ who, may: 'act' }),
    readOnly: false,
    allowHosts: NAMES,
  });
  const listener = getRequestListener((request) => page.fetch(request), { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  const end = async (): Promise<void> => {
    await page.close();
    server.close();
    server.closeAllConnections();
    await directory.close();
  };
  try {
    server.listen(port, HOST);
    await once(server, 'listening');
  } catch (error) {
    await end();
    throw new DemoError(`The console cannot be served: ${(error as Error).message}.`);
  }
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://${HOST}:${bound}/`, close: end };
}
