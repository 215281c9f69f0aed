import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { StatefulRoute, StatefulRouteForServerDriver } from '@stateful-route/driver';
import { STATEFUL_ROUTE } from '../module/tokens.ts';

/**
 * The route's health for `@nestjs/terminus`. Provide it in a module that imports `TerminusModule`:
 * `health.check([() => indicator.isReady()])` for a readiness probe, `isAlive` for a liveness probe.
 */
@Injectable()
export class StatefulRouteHealthIndicator {
  readonly #route: StatefulRoute<StatefulRouteForServerDriver | undefined>;
  readonly #indicators: HealthIndicatorService;

  /** Made by Nest. */
  constructor(
    @Inject(STATEFUL_ROUTE) route: unknown,
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
  ) {
    this.#route = route as StatefulRoute<StatefulRouteForServerDriver | undefined>;
    this.#indicators = indicators;
  }

  /** Down before the start and after the stop, while the pod is fenced, and when the store has not answered for a lease. */
  isReady(key = 'stateful-route'): HealthIndicatorResult {
    const { ready, problems, store } = this.#route.readiness();
    const session = this.#indicators.check(key);
    const details = { problems, store: store.state, lastSuccessAgeMs: store.lastSuccessAgeMs };
    return ready ? session.up(details) : session.down(details);
  }

  /** Down when a later process runs under this pod's ordinal: this one must never serve again. */
  isAlive(key = 'stateful-route'): HealthIndicatorResult {
    const { alive, problems } = this.#route.liveness();
    const session = this.#indicators.check(key);
    return alive ? session.up() : session.down({ problems });
  }
}
