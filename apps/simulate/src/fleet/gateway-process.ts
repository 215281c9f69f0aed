import { NOT_MINE } from '@stateful-route/core';
import { createStatefulRoute, type StatefulRoute } from '@stateful-route/driver';
import { Chance, mixSeed } from '../script/chance.ts';
import { ProcessClock } from '../time/process-clock.ts';
import { Wire } from '../wire/wire.ts';
import { ApplicationFault } from './application-fault.ts';
import type { Work } from './pod-application.ts';
import type { PodProcess, ProcessParts } from './pod-process.ts';
import { gatewayConfig, NAMESPACE, SERVICE, silentLogger } from './route-settings.ts';

/** The longest delay between a gateway and a pod, in ms. */
const NETWORK_MAX_MS = 10;

/** One process of a gateway: a caller's route, which sends requests to pods. */
export class GatewayProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly wire: Wire;
  readonly route: StatefulRoute<undefined>;
  readonly #chance: Chance;
  readonly #find: (podId: number, address: string | undefined) => PodProcess | undefined;

  constructor(
    name: string,
    { time, fleet, store, wire, seed }: ProcessParts,
    loads: boolean,
    find: (podId: number, address: string | undefined) => PodProcess | undefined,
  ) {
    this.name = name;
    this.#chance = new Chance(mixSeed(seed, 4));
    this.#find = find;
    this.clock = new ProcessClock(time);
    const plan = { ...fleet.wire, timeoutMs: fleet.timeoutMs };
    const { random } = new Chance(mixSeed(seed, 2));
    this.wire = new Wire({ ...wire, name, time, clock: this.clock, store, random, plan });
    this.route = createStatefulRoute({
      executors: this.wire.executors,
      namespace: NAMESPACE,
      serviceName: loads ? SERVICE : undefined,
      config: gatewayConfig(fleet),
      clock: this.clock,
      logger: silentLogger,
      overrides: { random: new Chance(mixSeed(seed, 3)).random, newIncarnation: () => name },
    });
  }

  /** Sends a user's request to the pod that the route names. */
  async ask(work: Work, timeoutMs: number | undefined): Promise<void> {
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    await this.route
      .service(SERVICE)
      .call(work.uid, ({ podId, address }) => this.#send(podId, address, work), options);
  }

  /** Reports to the route that a pod was unreachable. */
  unreachable(podId: number): void {
    this.route.service(SERVICE).unreachable(podId);
  }

  /** Kills the process: nothing that it does takes effect any more. */
  kill(): void {
    this.clock.kill();
    this.wire.close();
  }

  #send(podId: number, address: string | undefined, work: Work): Promise<'done' | typeof NOT_MINE> {
    const back = (run: () => void): void => {
      this.clock.deliver(run, this.#chance.random() * NETWORK_MAX_MS);
    };
    return new Promise((resolve, reject) => {
      const pod = this.#find(podId, address);
      if (!pod?.isRunning) {
        back(() => {
          reject(new ApplicationFault(`Pod ${podId} cannot be reached.`));
        });
        return;
      }
      const serve = (): void => {
        pod.application.serve(work).then(
          (answer) => {
            back(() => {
              resolve(answer);
            });
          },
          (error: unknown) => {
            back(() => {
              reject(error);
            });
          },
        );
      };
      pod.clock.deliver(serve, this.#chance.random() * NETWORK_MAX_MS);
    });
  }
}
