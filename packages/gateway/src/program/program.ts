import { consoleLogger, isRouteError } from '@stateful-route/core';
import { CommanderError } from 'commander';
import { type Environment, type Output, readCommandLine } from './command-line.ts';
import { runGateway } from './run-gateway.ts';
import type { StoreAdapter } from './store.ts';

const ENDED = 0;
const FAILED = 1;
const WRONG = 2;
const TIMEOUT_MS = 1000;

/** What the program takes of its process. */
export interface ProcessParts {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly output: Output;
  readonly adapter: StoreAdapter;
  /** Fires at SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
}

/** Runs the program until it is told to end. Resolves with its exit status, after an error was printed. */
export async function runProgram({ args, env, output, adapter, signal }: ProcessParts): Promise<number> {
  try {
    const { config, checkOnly } = readCommandLine(args, env, output, adapter);
    if (checkOnly) {
      output.out('The configuration can be used.\n');
      return ENDED;
    }
    const logger = consoleLogger(config.logLevel);
    const store = adapter.openRedisStore(config.redis, {
      timeoutMs: timeoutMsOf(config.route),
      connectionName: 'stateful-route-gateway',
      logger,
    });
    try {
      return (await runGateway(config, { store, logger, signal })) ? ENDED : FAILED;
    } finally {
      await store.close();
    }
  } catch (error) {
    return failure(error, output);
  }
}

/** A call of the store takes as long as the route lets it. */
function timeoutMsOf({ timeoutMs }: Readonly<Record<string, unknown>>): number {
  return typeof timeoutMs === 'number' && timeoutMs > 0 ? timeoutMs : TIMEOUT_MS;
}

function failure(error: unknown, { err }: Output): number {
  // Its help or its own error has been written.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ENDED : WRONG;
  if (isRouteError(error, 'INVALID_CONFIG')) {
    for (const { name, problem } of error.faults) err(`error: ${name}: ${problem}\n`);
    return WRONG;
  }
  const code = (error as { readonly code?: unknown }).code;
  const isKnown =
    isRouteError(error) || code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL';
  const text = error instanceof Error ? (isKnown ? error.message : error.stack) : String(error);
  err(`error: ${text}\n`);
  return FAILED;
}
