import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import {
  Controller,
  type DynamicModule,
  Get,
  HttpCode,
  Injectable,
  Module,
  NotFoundException,
  Post,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Host, RequestEntity, Stay } from '@stateful-route/host';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Entity,
  EntityGuard,
  HostModule,
  type HostModuleOptions,
  InjectHost,
  STATEFUL_ROUTE_HOST,
} from '../src/host.ts';
import { OnHandOff, STATEFUL_ROUTE, StatefulRouteModule } from '../src/index.ts';
import { application, bothPlatforms, listening, podModule, podOptions, quick } from './support.ts';

interface Visits {
  count: number;
}

const saved = new Map<string, number>();
const events: string[] = [];

beforeEach(() => {
  saved.clear();
  events.length = 0;
  release = undefined;
});

@Injectable()
class Storage {
  load(uid: string): Visits {
    return { count: saved.get(uid) ?? 0 };
  }

  store(uid: string, { count }: Visits): void {
    events.push(`saves ${uid}`);
    saved.set(uid, count);
  }
}

@Module({ providers: [Storage], exports: [Storage] })
class StorageModule {}

let release: (() => void) | undefined;

@Controller('visits')
@UseGuards(EntityGuard)
class VisitsController {
  constructor(@InjectHost() readonly host: Host<Visits>) {}

  @Post()
  @HttpCode(200)
  visit(@Entity() visits: RequestEntity<Visits>): Promise<number> {
    return visits.use((state) => ++state.count);
  }

  @Post('slow')
  @HttpCode(200)
  async slow(@Entity() visits: RequestEntity<Visits>): Promise<number> {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return visits.use((state) => ++state.count);
  }

  @Post('fault')
  fault(@Entity() visits: RequestEntity<Visits>): Promise<never> {
    return visits.use(() => {
      throw new NotFoundException('no such room');
    });
  }
}

@Controller('unguarded')
class Unguarded {
  @Get()
  get(@Entity() visits: RequestEntity<Visits>): unknown {
    return visits.uid;
  }
}

const hosted = (options: Partial<HostModuleOptions<Visits>> = {}): DynamicModule =>
  HostModule.forRootAsync<Visits>({
    imports: [StorageModule],
    inject: [Storage],
    useFactory: (storage: Storage) => ({
      open: ({ uid }) => storage.load(uid),
      save: ({ uid, state }) => storage.store(uid, state),
      close: ({ uid, why }) => void events.push(`closes ${uid}: ${why}`),
      ...options,
    }),
  });

const as = (uid: string) => ({ method: 'POST', headers: { 'stateful-route-uid': encodeURIComponent(uid) } });

describe.each(bothPlatforms)('on %s', (platform) => {
  const start = async (options?: Partial<HostModuleOptions<Visits>>, pod: DynamicModule = podModule()) => {
    const app = await application(platform, {
      imports: [pod, hosted(options)],
      controllers: [VisitsController, Unguarded],
    });
    const url = await listening(app);
    return { app, url, host: app.get<Host<Visits>>(STATEFUL_ROUTE_HOST) };
  };

  it('serves the users of the pod, and ends the stay with the response', async () => {
    const { url, host } = await start();
    expect(await (await fetch(`${url}/visits`, as('ada lovelace'))).json()).toBe(1);
    expect(await (await fetch(`${url}/visits`, as('ada lovelace'))).json()).toBe(2);
    expect(host.has('ada lovelace')).toBe(true);
    await vi.waitFor(() => expect(host.stats().stays).toBe(0));
  });

  it('saves the users as the application closes, while it answers', async () => {
    const { app, url } = await start();
    await fetch(`${url}/visits`, as('ada'));
    await app.close();
    expect(events).toEqual(['saves ada', 'closes ada: stop']);
    expect(saved).toEqual(new Map([['ada', 1]]));
  });

  it('answers 421 without a body for the user of another pod', async () => {
    const executors = createMemoryExecutors();
    const other = await application('express', {
      imports: [StatefulRouteModule.forRoot(podOptions(executors, 1))],
    });
    await listening(other);
    await other.get(STATEFUL_ROUTE).server.claim('ada');
    const { url } = await start({}, podModule(executors));
    const response = await fetch(`${url}/visits`, as('ada'));
    expect([response.status, response.headers.get('stateful-route'), await response.text()]).toEqual([
      421,
      'not-mine',
      '',
    ]);
  });

  it('answers 421 to a request whose user leaves before its use', async () => {
    const { url, host } = await start();
    // fetch would send a request that is answered 421 again.
    const answered = once(request(`${url}/visits/slow`, as('ada')).end(), 'response');
    await vi.waitFor(() => expect(release).toBeDefined());
    await host.end('ada');
    release?.();
    const [{ statusCode, headers }] = (await answered) as [IncomingMessage];
    expect([statusCode, headers['stateful-route']]).toEqual([421, 'not-mine']);
  });

  it('answers 503 with Retry-After if the state cannot be opened', async () => {
    const { url } = await start({
      open: () => {
        throw new Error('the disk is full');
      },
    });
    const response = await fetch(`${url}/visits`, as('ada'));
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '1',
      '',
    ]);
  });

  it('answers 400 to a request without a user, or with one that cannot be', async () => {
    const { url } = await start();
    const nobody = await fetch(`${url}/visits`, { method: 'POST' });
    expect([nobody.status, await nobody.json()]).toEqual([
      400,
      { statusCode: 400, message: expect.stringContaining('stateful-route-uid') },
    ]);
    const twice = await fetch(`${url}/visits`, {
      method: 'POST',
      headers: [
        ['stateful-route-uid', 'ada'],
        ['stateful-route-uid', 'bob'],
      ],
    });
    expect(twice.status).toBe(400);
    expect((await fetch(`${url}/visits`, as('{ada}'))).status).toBe(400);
  });

  it('leaves the errors of a use to Nest', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/visits/fault`, as('ada'));
    expect([response.status, await response.json()]).toMatchObject([404, { message: 'no such room' }]);
  });

  it('finds the user as it is told, and answers as Nest does if that throws', async () => {
    const { url } = await start({
      uid: async ({ headers, query }) => {
        if (headers.authorization !== 'let me in') throw new UnauthorizedException();
        return String(query['user']);
      },
    });
    const visit = (authorization: string) =>
      fetch(`${url}/visits?user=ada`, { method: 'POST', headers: { authorization } });
    expect((await visit('open')).status).toBe(401);
    expect(await (await visit('let me in')).json()).toBe(1);
  });

  it('ends the wait of a client that goes away', async () => {
    let opened = (_visits: Visits): void => {};
    const { url, host } = await start({
      open: () =>
        new Promise<Visits>((resolve) => {
          opened = resolve;
        }),
    });
    const asked = request(`${url}/visits`, as('ada')).end();
    const gone = once(asked, 'error');
    await vi.waitFor(() => expect(host.stats().opening).toBe(1));
    asked.destroy();
    await gone;
    opened({ count: 0 });
    await vi.waitFor(() => expect(host.stats()).toMatchObject({ opening: 0, stays: 0 }));
    expect(await (await fetch(`${url}/visits`, as('ada'))).json()).toBe(1);
  });

  it('says what is missing where nothing guards', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/unguarded`)).status).toBe(500);
  });
});

it('is the host of the application everywhere', async () => {
  const app = await application('express', {
    imports: [podModule(), hosted()],
    controllers: [VisitsController],
  });
  await listening(app);
  const { host } = app.get(VisitsController);
  const stay = (await host.enter('ada')) as Stay<Visits>;
  expect(await stay.use((visits) => ++visits.count)).toBe(1);
  stay.leave();
});

describe('is refused', () => {
  const caller = StatefulRouteModule.forRoot({
    executors: createMemoryExecutors(),
    namespace: 'game',
    config: quick,
  });

  @Injectable()
  class OtherStorage {
    @OnHandOff()
    save(): void {}
  }

  const options = (given: unknown) => [podModule(), HostModule.forRoot(given as HostModuleOptions<Visits>)];

  it.each([
    ['without options', { imports: options(undefined) }, 'INVALID_CONFIG', /open/],
    [
      'with an unknown name',
      { imports: options({ open: () => ({}), sav: () => {} }) },
      'INVALID_CONFIG',
      /save\?/,
    ],
    [
      'with a uid that is no function',
      { imports: options({ open: () => ({}), uid: 'x-user' }) },
      'INVALID_CONFIG',
      /uid/,
    ],
    [
      'twice',
      { imports: [podModule(), hosted(), hosted()] },
      'INVALID_CONFIG',
      /HostModule: is imported more/,
    ],
    ['in a caller', { imports: [caller, hosted()] }, 'INVALID_PARAMETER', /podId/],
    [
      'beside @OnHandOff',
      { imports: [podModule(), hosted()], providers: [OtherStorage] },
      'INVALID_CONFIG',
      /OnHandOff/,
    ],
  ])('%s', async (_why, metadata, code, message) => {
    const created = application('express', metadata).then((app) => app.init());
    await expect(created).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('with what is no factory', () => {
    expect(() => HostModule.forRootAsync({} as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });
});
