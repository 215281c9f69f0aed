import { type BeforeApplicationShutdown, Controller, Get, Injectable, Module, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors, StatefulRoute } from '@stateful-route/driver';
import { expect, it, describe, onTestFinished, vi } from 'vitest';
import { HostModule } from '../src/host.ts';
import { STATEFUL_ROUTE, StatefulRouteModule } from '../src/index.ts';
import { AttachedToRoute } from '../src/module/attached-to-route.ts';
import {
  application,
  bothPlatforms,
  listening,
  podModule,
  podOptions,
  startCaller,
  urlOf,
} from './support.ts';

@Controller()
class Greeter {
  @Get()
  greet(): string {
    return 'hello';
  }
}

const isReady = (app: { get(token: symbol): unknown }): boolean =>
  (app.get(STATEFUL_ROUTE) as StatefulRoute<undefined>).readiness().ready;

/** Executors whose heartbeats fail until they are mended. */
function brokenExecutors() {
  const executors = createMemoryExecutors();
  const { setServiceState } = executors.stateful;
  let isBroken = true;
  const stateful = Object.assign(Object.create(executors.stateful) as Executors['stateful'], {
    setServiceState: (...args: Parameters<typeof setServiceState>) =>
      isBroken
        ? Promise.reject(new Error('no room at the inn'))
        : setServiceState.apply(executors.stateful, args),
  });
  const mend = (): void => {
    isBroken = false;
  };
  return { executors: { ...executors, stateful }, mend };
}

/** Executors that never answer the first heartbeat. */
function silentExecutors() {
  const executors = createMemoryExecutors();
  let onAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    onAsked = resolve;
  });
  const stateful = Object.assign(Object.create(executors.stateful), {
    setServiceState: (...args: unknown[]) => {
      onAsked();
      const { signal } = args.at(-1) as { signal: AbortSignal };
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  });
  return { executors: { ...executors, stateful } satisfies Executors, asked };
}

describe.each(bothPlatforms)('on %s', (platform) => {
  it('is published when listen resolves, and not before', async () => {
    const executors = createMemoryExecutors();
    const app = await application(platform, { imports: [podModule(executors)] });
    await app.init();
    const caller = await startCaller(executors);
    await expect(caller.service('room').locate('ada')).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    expect(isReady(app)).toBe(false);

    await listening(app);
    expect(isReady(app)).toBe(true);
    await vi.waitFor(() => expect(caller.service('room').locate('ada')).resolves.toMatchObject({ podId: 0 }));
  });

  it('is reachable when it is published', async () => {
    const executors = createMemoryExecutors();
    const app = await application(platform, { imports: [podModule(executors)], controllers: [Greeter] });
    const greeted = new Promise<string>((resolve, reject) => {
      void executors.feed.subscribe('game', 'room', () => {
        fetch(urlOf(app))
          .then((response) => response.text())
          .then(resolve, reject);
      });
    });
    await listening(app);
    expect(await greeted).toBe('hello');
  });

  it('starts when something else makes the server listen', async () => {
    const app = await application(platform, { imports: [podModule()] });
    await app.init();
    app.getHttpServer().listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(isReady(app)).toBe(true));
  });

  it('makes listen reject when it cannot start, and starts when it is asked again', async () => {
    const { executors, mend } = brokenExecutors();
    const app = await application(platform, {
      imports: [
        StatefulRouteModule.forRoot({
          ...podOptions(executors),
          config: { maxRetryCount: 0, stateRefreshMs: 20 },
        }),
      ],
    });
    await expect(listening(app)).rejects.toThrow('no room at the inn');
    expect(isReady(app)).toBe(false);
    mend();
    await app.get(StatefulRouteModule).start();
    expect(isReady(app)).toBe(true);
  });

  it('rejects listen as before when the port is taken, and does not start', async () => {
    const first = await application(platform, { imports: [podModule()] });
    const { port } = new URL(await listening(first));
    const second = await application(platform, { imports: [podModule()] });
    await expect(second.listen(Number(port), '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(isReady(second)).toBe(false);
  });

  it('drains while the server still answers, and then waits until callers know', async () => {
    const patient = { ...podOptions(), config: { stateRefreshMs: 20 } };
    const app = await application(platform, {
      imports: [StatefulRouteModule.forRoot(patient)],
      controllers: [Greeter],
    });
    const url = await listening(app);
    const { server } = app.get(STATEFUL_ROUTE);
    await server.claim('ada');
    const seen: string[] = [];
    server.on('drainProgress', () => seen.push('draining'));
    server.onHandOff(async () => {
      seen.push(await fetch(url).then((response) => response.text()));
    });
    const closed = app.close().then(() => seen.push('closed'));
    await vi.waitFor(() => expect(isReady(app)).toBe(false));
    await closed;
    expect(seen[0]).toBe('draining');
    expect(seen).toContain('hello');
    expect(seen.at(-1)).toBe('closed');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('can be closed before it listens, while it starts, and twice', async () => {
    const never = await application(platform, { imports: [podModule()] });
    await never.init();
    await never.close();

    const { executors, asked } = silentExecutors();
    const starting = await application(platform, { imports: [podModule(executors)] });
    const listened = listening(starting).catch((error: unknown) => error);
    await asked;
    await starting.close();
    expect(await listened).toMatchObject({ code: 'NOT_RUNNING' });
    expect(isReady(starting)).toBe(false);

    const twice = await application(platform, { imports: [podModule()] });
    await listening(twice);
    await Promise.all([twice.close(), twice.close()]);
    await twice.close();
  });
});

describe('without an HTTP server', () => {
  it('starts as the application is created, and stops with it', async () => {
    const executors = createMemoryExecutors();
    @Module({ imports: [podModule(executors)] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    expect(isReady(app)).toBe(true);
    await app.close();
    expect(isReady(app)).toBe(false);
  });

  it('fails to be created if the route does not start', async () => {
    @Module({
      imports: [
        StatefulRouteModule.forRoot({
          ...podOptions(brokenExecutors().executors),
          config: { maxRetryCount: 0 },
        }),
      ],
    })
    class AppModule {}
    const created = NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    await expect(created).rejects.toThrow('no room at the inn');
  });
});

it('stops after the hooks of the application, and closes the executors that it made last of all', async () => {
  const order: string[] = [];
  const made = createMemoryExecutors();
  @Injectable()
  class Storage implements BeforeApplicationShutdown {
    beforeApplicationShutdown(): void {
      order.push('the application is told');
    }
    onApplicationShutdown(): void {
      order.push('the storage closes');
    }
  }
  const app = await application('express', {
    imports: [
      StatefulRouteModule.forRoot(
        podOptions(() => ({ ...made, close: async () => void order.push('the executors close') })),
      ),
    ],
    providers: [Storage],
  });
  app.getHttpServer().on('close', () => order.push('the server closes'));
  await listening(app);
  const { server } = app.get(STATEFUL_ROUTE);
  await server.claim('ada');
  server.onHandOff(() => void order.push('ada is saved'));
  await app.close();
  expect(order).toEqual([
    'the application is told',
    'ada is saved',
    'the server closes',
    'the storage closes',
    'the executors close',
  ]);
});

it('hands the users over also if what ends before the route fails to', async () => {
  const app = await application('express', { imports: [podModule()] });
  await listening(app);
  app.get(AttachedToRoute).endBefore(() => Promise.reject(new Error('stuck')));
  await app.close();
  expect(isReady(app)).toBe(false);
});

@Injectable({ scope: Scope.REQUEST })
class PerRequest {}
@Module({ providers: [PerRequest], exports: [PerRequest] })
class PerRequestModule {}
const scoped = { imports: [PerRequestModule], inject: [PerRequest] };

it.each([
  ['StatefulRouteModule', [StatefulRouteModule.forRootAsync({ ...scoped, useFactory: () => podOptions() })]],
  [
    'HostModule',
    [
      podModule(),
      HostModule.forRootAsync({ ...scoped, useFactory: () => ({ open: () => 0, save: () => {} }) }),
    ],
  ],
])('does not start with options of %s from the scope of a request', async (name, imports) => {
  const app = await application('express', { imports });
  await expect(app.listen(0)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringMatching(new RegExp(`${name}.*scoped`)),
  });
});

it('does not close executors that it was given', async () => {
  const executors = createMemoryExecutors();
  const close = vi.spyOn(executors, 'close');
  const app = await application('express', { imports: [podModule(executors)] });
  await listening(app);
  await app.close();
  expect(close).not.toHaveBeenCalled();
});

it('closes the executors that it made if the options are refused', async () => {
  const executors = createMemoryExecutors();
  const close = vi.spyOn(executors, 'close');
  const created = application('express', {
    imports: [StatefulRouteModule.forRoot({ ...podOptions(() => executors), podId: -1 })],
  });
  await expect(created).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  expect(close).toHaveBeenCalledOnce();
});

it('waits for callers by the clock of the route', async () => {
  const waits: number[] = [];
  const { systemClock } = await import('@stateful-route/core');
  const app = await application('express', {
    imports: [
      StatefulRouteModule.forRoot({
        ...podOptions(),
        clock: {
          ...systemClock,
          setTimeout: (callback, ms, options) => {
            if (options?.keepsAlive) waits.push(ms);
            return systemClock.setTimeout(callback, ms, options);
          },
        },
      }),
    ],
  });
  onTestFinished(() => app.close());
  await listening(app);
  await app.close();
  expect(waits.at(-1)).toBe(20);
});
