import {
  type Clock,
  consoleLogger,
  type Executors,
  isRouteError,
  type Logger,
  type ServiceState,
  systemClock,
} from '@stateful-route/core';
import {
  createStatefulRoute,
  type Environment,
  resolveConfig,
  type RouteConfig,
} from '@stateful-route/driver';
import { CommanderError } from 'commander';
import { type Agent, createAgent } from '../api/create-agent.ts';
import { SupervisedChild } from '../child/supervised-child.ts';
import type { PodRoute } from '../pod/agent-pod.ts';
import { type AgentProgramOptions, type Output, problemsOf, readAgentOptions } from './agent-options.ts';
import { childEnvironment } from './child-environment.ts';
import { HealthWatch } from './health-watch.ts';
import { listenLocally, type LocalListener, readToken } from './local-listener.ts';
import { collectMetrics, type ProcessMetrics } from './metrics.ts';

const FAILED = 1;
/** How long a session may take to die after SIGKILL before its lease has to run. */
const PROOF_MS = 5_000;
const RETRY_MS = 200;

/** What the program gets from its process. */
export interface AgentIo {
  readonly env: Environment;
  readonly output: Output;
  /** Fires when the program is asked to end, and again if it is asked once more. */
  readonly onTerminate: (listener: () => void) => () => void;
  /** Loads the store's adapter. */
  readonly openStore: (url: string, logger: Logger) => Promise<Executors>;
}

/** The program `stateful-route-agent`. Resolves with its exit status: that of its child, if it has one. */
export async function runAgent(args: readonly string[], io: AgentIo): Promise<number> {
  let options: AgentProgramOptions;
  try {
    options = readAgentOptions(args, io.env, io.output);
  } catch (error) {
    return reported(error, io.output);
  }
  const logger = consoleLogger(options.logLevel);
  const run = new AgentRun(options, io, logger);
  try {
    return await run.run();
  } catch (error) {
    if (problemsOf(error)) return reported(error, io.output);
    logger.error({ err: error }, 'the agent failed');
    return FAILED;
  } finally {
    await run.close();
  }
}

function reported(error: unknown, { err }: Output): number {
  // commander has printed its own errors.
  if (error instanceof CommanderError) return error.exitCode;
  const lines = problemsOf(error);
  if (!lines) throw error;
  err(`${lines.join('\n')}\n`);
  return FAILED;
}

/** One run of the program. */
class AgentRun {
  readonly #options: AgentProgramOptions;
  readonly #io: AgentIo;
  readonly #logger: Logger;
  readonly #clock: Clock = systemClock;
  readonly #config: RouteConfig;
  readonly #metrics: ProcessMetrics = collectMetrics();
  /** Fires when the program is asked to end. */
  readonly #asked = new AbortController();
  /** Fires when the child has ended. */
  readonly #childEnded = new AbortController();
  #removeListener = (): void => {};
  #executors: Executors | undefined;
  #listener: LocalListener | undefined;
  #child: SupervisedChild | undefined;
  #health: HealthWatch | undefined;

  constructor(options: AgentProgramOptions, io: AgentIo, logger: Logger) {
    this.#options = options;
    this.#io = io;
    this.#logger = logger;
    this.#config = resolveConfig(options.config);
  }

  async run(): Promise<number> {
    const { redis, pod: place, address, config, socket, listen, tokenFile, command } = this.#options;
    const token = tokenFile === undefined ? undefined : readToken(tokenFile);
    this.#executors = await this.#io.openStore(redis, this.#logger);
    const route = createStatefulRoute({
      executors: this.#executors,
      ...place,
      address,
      config,
      logger: this.#logger,
    });
    const agent = createAgent(route, {
      token: listen ? token : undefined,
      problems: () => this.#problems(),
      metrics: () => this.#metrics.text(),
    });
    this.#listener = await listenLocally(listen ?? { socket }, (request) => agent.fetch(request));
    this.#logger.info({ ...place, address: this.#listener.address }, 'the agent listens');
    this.#listenForSignals();
    if (command) await this.#startChild(command, this.#listener.address);
    await this.#beginHealth(route);
    const started = this.#start(route).catch((error: unknown) => {
      this.#logger.error({ err: error }, 'the pod could not start');
      this.#asked.abort();
      return false;
    });
    await firstOf(this.#asked.signal, this.#childEnded.signal);
    this.#health?.end();
    const status = await (this.#child
      ? this.#endWithChild(route, agent, this.#child)
      : this.#endAlone(route, agent));
    return (await started) ? status : FAILED;
  }

  /** Ends what the run has left. */
  async close(): Promise<void> {
    this.#removeListener();
    this.#health?.end();
    if (this.#child && !this.#childEnded.signal.aborted) this.#child.signal('SIGKILL');
    await this.#child?.endSession(PROOF_MS);
    await this.#listener?.close();
    await this.#executors?.close().catch(() => {});
    await this.#metrics.end().catch(() => {});
  }

  #listenForSignals(): void {
    this.#removeListener = this.#io.onTerminate(() => {
      // Who asks twice does not want to wait.
      if (this.#asked.signal.aborted) this.#child?.signal('SIGKILL');
      else this.#asked.abort();
    });
  }

  async #startChild(command: readonly string[], address: string): Promise<void> {
    const env = childEnvironment(this.#io.env, address, this.#options.pod.podId, this.#options.tokenFile);
    const child = await SupervisedChild.start({ command, env, clock: this.#clock });
    this.#child = child;
    void child.ended.then(() => this.#childEnded.abort());
    const { unprovable } = child;
    if (unprovable !== undefined)
      this.#logger.warn(
        { unprovable },
        'the death of the child cannot be proved: its users will wait for its lease',
      );
  }

  async #beginHealth(route: PodRoute): Promise<void> {
    const { health: url, healthEveryMs: everyMs } = this.#options;
    if (url === undefined) return;
    await route.server.setServiceState('NOT_READY');
    this.#health = new HealthWatch({
      url,
      everyMs,
      clock: this.#clock,
      logger: this.#logger,
      fetch,
      onChange: (ready) => {
        // The next heartbeat has it too.
        route.server.setServiceState(ready ? 'READY' : 'NOT_READY').catch(() => {});
      },
    });
  }

  /** Starts the pod, again and again while the store cannot be reached. Resolves with whether it started. */
  async #start(route: PodRoute): Promise<boolean> {
    const over = AbortSignal.any([this.#asked.signal, this.#childEnded.signal]);
    while (!over.aborted) {
      try {
        await route.start({ signal: over });
        return true;
      } catch (error) {
        if (over.aborted) break;
        if (!isRouteError(error) || !error.retryable) throw error;
        this.#logger.warn({ err: error }, 'the pod could not start; trying again');
        await this.#pause(RETRY_MS, over);
      }
    }
    return true;
  }

  #problems(): readonly string[] {
    const health = this.#health?.problem;
    return health === undefined ? [] : [health];
  }

  /** The application goes on after the agent: only users whom it has acknowledged are let go. */
  async #endAlone(route: PodRoute, agent: Agent): Promise<number> {
    const left = await this.#drain(route, agent);
    // A fenced pod's users are free already.
    if (left === 0 || route.server.isFenced()) await route.stop();
    else
      this.#logger.warn(
        { left },
        'the application did not acknowledge all hand-offs, and may serve on: these users wait for the lease',
      );
    return 0;
  }

  async #endWithChild(route: PodRoute, agent: Agent, child: SupervisedChild): Promise<number> {
    const wasAsked = !this.#childEnded.signal.aborted;
    if (wasAsked) {
      await this.#drain(route, agent);
      child.signal('SIGTERM');
      await this.#pause(this.#options.graceMs, this.#childEnded.signal);
      child.signal('SIGKILL');
    }
    const status = await child.ended;
    agent.close(new Error('the application has ended'));
    if (await child.endSession(PROOF_MS)) {
      await this.#publishEnd(route, wasAsked ? 'TERMINATING' : 'FAILED');
      this.#logger.info({ status, asked: wasAsked }, 'the child has ended; its users are free');
      await route.stop();
    } else {
      this.#logger.warn({ status }, 'that the child has ended is not proved: its users wait for the lease');
    }
    return status;
  }

  /** Resolves with how many users are left, those whose hand-off is under way included. */
  async #drain(route: PodRoute, agent: Agent): Promise<number> {
    const { drainTimeoutMs, timeoutMs } = this.#config;
    const deadlineMs = Math.max(0, drainTimeoutMs - timeoutMs - (this.#child ? this.#options.graceMs : 0));
    try {
      const { left } = await route.server.drain({ deadlineMs, signal: this.#childEnded.signal });
      return left;
    } catch (error) {
      // The pod had not started.
      this.#logger.debug({ err: error }, 'the pod could not be drained');
      return 0;
    } finally {
      agent.refuseClaims();
    }
  }

  /** Ends the lease: of no use once it is over by itself. */
  async #publishEnd(route: PodRoute, state: ServiceState): Promise<void> {
    const until = this.#clock.monotonic() + this.#config.stateCacheExpireSecs * 1_000;
    while (this.#clock.monotonic() < until) {
      try {
        await route.server.setServiceState(state);
        return;
      } catch (error) {
        this.#logger.warn(
          { err: error, state },
          'the store did not acknowledge the end of the pod; trying again',
        );
        await this.#pause(RETRY_MS);
      }
    }
  }

  #pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = (): void => {
        cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#clock.setTimeout(end, ms, { keepsAlive: true });
      signal?.addEventListener('abort', end, { once: true });
    });
  }
}

function firstOf(...signals: readonly AbortSignal[]): Promise<void> {
  const first = AbortSignal.any([...signals]);
  return new Promise((resolve) => {
    if (first.aborted) resolve();
    else first.addEventListener('abort', () => resolve(), { once: true });
  });
}
