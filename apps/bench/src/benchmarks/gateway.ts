import { type Dispatcher, Pool } from 'undici';
import type { Benchmark } from '../benchmark.ts';
import { type BenchLab, inLab } from '../lab/bench-lab.ts';
import { uids } from '../lab/uids.ts';
import { closedLoop, type Loop } from '../measure/closed-loop.ts';
import { ratio } from '../measure/estimate.ts';
import { loopsTable, rateRatio } from '../measure/loops.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved, mapSamples, type Samples } from '../measure/rounds.ts';
import { type ApartProxy, startProxies } from '../proxies/proxy-lab.ts';

const USERS = 1_000;
const CONNECTIONS = 64;
const REQUESTS = 24_000;
const UPLOADS = 8_000;
const FEW = 8;
const FEW_REQUESTS = 8_000;
const BODY = Buffer.alloc(16_384, 'x');

type Side = 'gateway' | 'bare';

/** What the gateway costs a request. */
export const gateway: Benchmark = {
  name: 'gateway',
  title: 'The gateway',
  about:
    '`createGateway` on a `node:http` server, with the uid from a header and 1,000 known users, against the least ' +
    'that a proxy can do: a `node:http` server that streams each request to the same pod by undici alone. The load, ' +
    'each proxy and the pod are processes of their own on the same processor. 64 connections each send a request ' +
    'after the answer to the one before; an answer is 1 KB of JSON, an upload 16 KB. `gatewayCpuVsBareProxy` leaves ' +
    'out what the load and the pod cost: it compares the processor time of the two proxies for a request.',
  run: (context) =>
    inLab(context, async (lab) => {
      const proxies = await startProxies(lab);
      const sides = { gateway: newSide(lab, proxies.gateway), bare: newSide(lab, proxies.bare) };
      await sides.gateway.meetUsers();
      const inTurn = (callers: number, requests: number, body?: Buffer): Promise<Samples<Side, Load>> => {
        const scaledRequests = scaled(requests, context.scale, 500);
        return interleaved(context.rounds, {
          gateway: () => sides.gateway.load(callers, scaledRequests, body),
          bare: () => sides.bare.load(callers, scaledRequests, body),
        });
      };
      const requests = await inTurn(CONNECTIONS, REQUESTS);
      const uploads = await inTurn(CONNECTIONS, UPLOADS, BODY);
      const few = await inTurn(FEW, FEW_REQUESTS);
      const cpu = mapSamples(requests, ({ cpuUs }) => cpuUs);
      return {
        metrics: [
          ratioMetric(
            'gatewayVsBareProxy',
            'requests through the gateway: rate over that of a bare proxy',
            rateRatio(requests.gateway, requests.bare),
            { atLeast: 0.9 },
          ),
          ratioMetric(
            'gatewayUploadVsBareProxy',
            'uploads of 16 KB: rate over that of a bare proxy',
            rateRatio(uploads.gateway, uploads.bare),
            'more',
          ),
          ratioMetric(
            'gatewayCpuVsBareProxy',
            "processor time of a request in the gateway's process, over that of a bare proxy",
            ratio(cpu.gateway, cpu.bare),
            'less',
          ),
        ],
        figures: [
          loopsTable('64 connections', 'requests/s', requests),
          loopsTable('64 connections, uploads', 'requests/s', uploads),
          loopsTable('8 connections', 'requests/s', few),
          samplesTable('Processor time of a request', 'µs', cpu),
        ],
      };
    }),
};

/** What was measured of a load of requests. */
interface Load extends Loop {
  /** The processor time of a request. */
  readonly cpuUs: number;
}

interface MeasuredSide {
  /** Looks every user up once, so that all are known. */
  meetUsers(): Promise<void>;
  load(callers: number, requests: number, body?: Buffer): Promise<Load>;
}

function newSide(lab: BenchLab, proxy: ApartProxy): MeasuredSide {
  const users = uids(USERS);
  const pool = new Pool(proxy.origin, { connections: CONNECTIONS, pipelining: 1 });
  lab.defer(() => pool.destroy());
  const send = (at: number, body?: Buffer): Promise<void> =>
    answered(pool, {
      path: '/visits',
      method: body ? 'POST' : 'GET',
      headers: { 'x-user': users[at % users.length]!, accept: 'application/json' },
      body: body ?? null,
    });
  return {
    async meetUsers() {
      await closedLoop({ callers: CONNECTIONS, calls: USERS }, (at) => send(at));
    },
    async load(callers, requests, body) {
      const before = await proxy.cpuUs();
      const loop = await closedLoop({ callers, calls: requests }, (at) => send(at, body));
      return { ...loop, cpuUs: ((await proxy.cpuUs()) - before) / requests };
    },
  };
}

/** Sends a request, and resolves when its whole answer is there. One other than 200 fails. */
function answered(pool: Pool, options: Dispatcher.DispatchOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0;
    pool.dispatch(options, {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData() {},
      onResponseEnd() {
        if (status === 200) resolve();
        else reject(new Error(`A proxy answered ${status}.`));
      },
      onResponseError(_controller, error) {
        reject(error);
      },
    });
  });
}
