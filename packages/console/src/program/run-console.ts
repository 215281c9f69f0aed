import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { consoleLogger, type Executors, isRouteError, type Logger } from '@stateful-route/core';
import type { StoreInspector } from '@stateful-route/core/adapter';
import { CommanderError } from 'commander';
import { createConsole } from '../create-console.ts';
import { byToken } from './bearer.ts';
import { type CommandLine, type Environment, type Output, readCommandLine } from './command-line.ts';

/** The store of the program, which it also closes. */
interface ProgramStore {
  readonly executors: Executors;
  readonly inspector: StoreInspector;
  /** Where it is, without a password. */
  readonly address: string;
  close(): Promise<void>;
}

/** What a run takes of its process. */
export interface ProgramParts {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly output: Output;
  /** Who acts, if `--as` does not say it. */
  readonly user: string;
  /** Opens the store of these settings, which are not checked yet. */
  readonly openStore: (settings: object, logger: Logger) => ProgramStore;
  /** Fires when the program shall end. */
  readonly signal: AbortSignal;
}

const DONE = 0;
const FAILED = 1;
const WRONG_USE = 2;

/** Runs the program until the signal fires. Resolves with its exit status. Never rejects. */
export async function runConsole(parts: ProgramParts): Promise<number> {
  const { args, env, output, user } = parts;
  try {
    return await serve(parts, readCommandLine(args, env, output, user));
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USE;
    if (isRouteError(error, 'INVALID_CONFIG')) {
      for (const { name, problem } of error.faults)
        output.err(`error: ${name === '' ? 'the store (--redis, REDIS_URL)' : name}: ${problem}\n`);
      return WRONG_USE;
    }
    output.err(`error: ${(error as Error).message}\n`);
    return FAILED;
  }
}

async function serve({ output, openStore, signal }: ProgramParts, line: CommandLine): Promise<number> {
  const { namespace, services, host, port, token, allowHosts, by, readOnly } = line;
  const logger = consoleLogger('INFO');
  const store = openStore(line.store, logger);
  const { executors, inspector, address } = store;
  const page = createConsole(executors, {
    namespace,
    services,
    allowHosts,
    readOnly,
    inspector,
    logger,
    authorize: byToken(token, { who: by, may: readOnly ? 'read' : 'act' }),
  });
  const listener = getRequestListener((request) => page.fetch(request), { overrideGlobalObjects: false });
  const server = createServer((request, response) => void listener(request, response));
  try {
    server.listen(port, host);
    await once(server, 'listening');
    const { port: bound } = server.address() as AddressInfo;
    const shown = host.includes(':') ? `[${host}]` : host;
    const may = readOnly ? 'It only looks' : `Actions are in the journal as ${by}`;
    output.out(`The console of ${namespace} at ${address}: http://${shown}:${bound}/\n${may}.\n`);
    if (!signal.aborted) await once(signal, 'abort');
    return DONE;
  } finally {
    await page.close();
    server.close();
    server.closeAllConnections();
    await store.close();
  }
}
