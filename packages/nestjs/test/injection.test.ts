import { Controller, Get, Injectable, Module, Scope } from '@nestjs/common';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type {
  Executors,
  HandOffUser,
  ServiceHandle,
  StatefulRoute,
  StatefulRouteForServerDriver,
} from '@stateful-route/driver';
import { describe, expect, it, vi } from 'vitest';
import {
  InjectRoute,
  InjectServerDriver,
  InjectService,
  OnHandOff,
  serviceToken,
  STATEFUL_ROUTE,
  STATEFUL_ROUTE_EXECUTORS,
  StatefulRouteModule,
} from '../src/index.ts';
import { application, listening, podModule, podOptions, quick } from './support.ts';

type PodRoute = StatefulRoute<StatefulRouteForServerDriver>;

@Injectable()
class Players {
  constructor(
    @InjectRoute() readonly route: PodRoute,
    @InjectServerDriver() readonly server: StatefulRouteForServerDriver,
    @InjectService('room') readonly rooms: ServiceHandle,
    @InjectService('lobby') readonly lobbies: ServiceHandle,
  ) {}
}

/** A module of its own, which imports nothing. */
@Module({ providers: [Players], exports: [Players] })
class PlayersModule {}

describe('injection', () => {
  it('reaches the modules that do not import the module', async () => {
    const app = await application('express', { imports: [podModule(), PlayersModule] });
    await listening(app);
    const { route, server, rooms, lobbies } = app.get(Players);
    expect(route).toBe(app.get(STATEFUL_ROUTE));
    expect(server).toBe(route.server);
    await expect(rooms.locate('ada')).resolves.toMatchObject({ podId: 0 });
    await expect(lobbies.locate('ada')).rejects.toMatchObject({ serviceName: 'lobby' });
  });

  it('can be replaced by a test', async () => {
    const locate = vi.fn<() => Promise<{ podId: number }>>(async () => ({ podId: 7 }));
    const app = await application('express', { imports: [podModule(), PlayersModule] }, (builder) =>
      builder.overrideProvider(serviceToken('room')).useValue({ locate }),
    );
    await expect(app.get(Players).rooms.locate('ada')).resolves.toEqual({ podId: 7 });
  });

  it('of the server driver is refused in a caller, and only there where it is wanted', async () => {
    const caller = StatefulRouteModule.forRoot({ executors: createMemoryExecutors(), namespace: 'game' });
    await expect(application('express', { imports: [caller, PlayersModule] })).rejects.toMatchObject({
      code: 'MISSING_DEPENDENCY',
      dependency: 'podId',
    });
    const app = await application('express', { imports: [caller] });
    expect(app.get(STATEFUL_ROUTE).server).toBeUndefined();
  });

  it('refuses a name that no service can have', () => {
    expect(() => InjectService('a room')).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });
});

describe('options', () => {
  @Injectable()
  class Settings {
    readonly podId = 3;
  }

  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}

  it('come from a factory', async () => {
    const app = await application('express', {
      imports: [
        StatefulRouteModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: async ({ podId }: Settings) => podOptions(undefined, podId),
        }),
        PlayersModule,
      ],
    });
    await listening(app);
    await expect(app.get(Players).rooms.locate('ada')).resolves.toMatchObject({ podId: 3 });
  });

  it.each([
    [{}, ['useFactory']],
    [{ useFactori: () => podOptions(), imports: SettingsModule }, ['useFactori', 'imports', 'useFactory']],
    [undefined, ['useFactory']],
    ['no object', ['options']],
  ])('of forRootAsync are checked: %j', (options, names) => {
    const make = () => StatefulRouteModule.forRootAsync(options as never);
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    try {
      make();
    } catch (error) {
      expect((error as { faults: { name: string }[] }).faults.map(({ name }) => name).toSorted()).toEqual(
        names.toSorted(),
      );
    }
  });

  it.each([
    [
      { ...podOptions(), adress: 'a:1', podId: -1 },
      'INVALID_CONFIG',
      /(?=.*adress: is unknown; did you mean address\?).*podId/,
    ],
    [{ ...podOptions(), executors: undefined }, 'MISSING_DEPENDENCY', /executors/],
    [{ ...podOptions(() => undefined as never) }, 'MISSING_DEPENDENCY', /executors/],
    [undefined, 'INVALID_CONFIG', /options/],
  ])('are checked when the application is created: case %#', async (options, code, message) => {
    const created = application('express', { imports: [StatefulRouteModule.forRoot(options as never)] });
    await expect(created).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('are refused twice in one application', async () => {
    await expect(
      application('express', { imports: [podModule(), StatefulRouteModule.forRoot(podOptions())] }),
    ).rejects.toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringMatching(/more than once/) });
  });
});

describe('the store', () => {
  it('is the memory of a test by one override, and its own is not made', async () => {
    const makeRedis = vi.fn<() => Executors>();
    const executors = createMemoryExecutors();
    const close = vi.spyOn(executors, 'close');
    const app = await application('express', { imports: [podModule(makeRedis), PlayersModule] }, (builder) =>
      builder.overrideProvider(STATEFUL_ROUTE_EXECUTORS).useValue(executors),
    );
    await listening(app);
    await expect(app.get(Players).server.claim('ada')).resolves.toMatchObject({ claimed: true });
    await app.close();
    expect(makeRedis).not.toHaveBeenCalled();
    expect(close).not.toHaveBeenCalled();
  });

  it('keeps applications of one process apart, unless they share it', async () => {
    const shared = createMemoryExecutors();
    const apps = await Promise.all(
      [podOptions(shared, 0), podOptions(shared, 1), podOptions(undefined, 0)].map((options) =>
        application('express', { imports: [StatefulRouteModule.forRoot(options), PlayersModule] }),
      ),
    );
    for (const app of apps) await listening(app);
    const [first, second, apart] = apps.map((app) => app.get(Players));
    await expect(first!.server.claim('ada')).resolves.toMatchObject({ claimed: true });
    await expect(second!.server.claim('ada')).resolves.toMatchObject({ claimed: false, podId: 0 });
    await expect(apart!.server.claim('ada')).resolves.toMatchObject({ claimed: true });
  });
});

describe('OnHandOff', () => {
  const saved: string[] = [];

  @Injectable()
  class Storage {
    readonly name = 'storage';

    @OnHandOff()
    async save({ uid }: HandOffUser): Promise<void> {
      saved.push(`${uid} in ${this.name}`);
    }
  }

  it('has the method save those whom the application hands over', async () => {
    const app = await application('express', {
      imports: [podModule(), PlayersModule],
      providers: [
        { provide: 'made', useFactory: () => new Storage() },
        { provide: 'alias', useExisting: 'made' },
      ],
    });
    await listening(app);
    await app.get(Players).server.claim('ada');
    await app.close();
    expect(saved).toEqual(['ada in storage']);
  });

  @Controller()
  class OtherStorage {
    @OnHandOff()
    save(): void {}

    @Get()
    nothing(): void {}
  }

  @Injectable({ scope: Scope.REQUEST })
  class RequestStorage {
    @OnHandOff()
    save(): void {}
  }

  const caller = StatefulRouteModule.forRoot({
    executors: createMemoryExecutors(),
    namespace: 'game',
    config: quick,
  });

  it.each([
    [
      'on two methods',
      { imports: [podModule()], providers: [Storage], controllers: [OtherStorage] },
      /Storage\.save, OtherStorage\.save/,
    ],
    [
      'in the scope of a request',
      { imports: [podModule()], providers: [RequestStorage] },
      /RequestStorage\.save: .*requests/,
    ],
    ['in a caller', { imports: [caller], providers: [Storage] }, /needs a pod/],
  ])('is refused %s', async (_where, metadata, message) => {
    const app = await application('express', metadata);
    await expect(app.init()).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(message),
    });
  });
});
