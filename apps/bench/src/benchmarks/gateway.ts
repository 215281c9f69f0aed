import { type Dispatcher, Pool } from 'undici';
import type { Benchmark } from '../benchmark.ts';
import { type BenchLab, inLab } from '../lab/bench-lab.ts';
import { uids } from '../lab/uids.ts';
import { closedLoop } from '../measure/closed-loop.ts';
import { estimate, ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved } from '../measure/rounds.ts';
import { type ApartProxy, startProxies } from '../proxies/proxy-lab.ts';
import type { Table } from '../report/figure.ts';

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
    'out what the load and the pod cost: it compares the processor time of the two proxies for a request. Latencies ' +
    'are those of 8 connections.',
  run: (context) =>
    inLab(context, async (lab) => {
      const proxies = await startProxies(lab);
      const sides = { gateway: newSide(lab, proxies.gateway), bare: newSide(lab, proxies.bare) };
      await sides.gateway.meetUsers();
      const cpu: Record<Side, number[]> = { gateway: [], bare: [] };
      const requests = scaled(REQUESTS, context.scale, 500);
      const rates = await interleaved(context.rounds, {
        gateway: () => sides.gateway.rate(CONNECTIONS, requests, undefined, cpu.gateway),
        bare: () => sides.bare.rate(CONNECTIONS, requests, undefined, cpu.bare),
      });
      const uploads = scaled(UPLOADS, context.scale, 500);
      const uploadRates = await interleaved(context.rounds, {
        gateway: () => sides.gateway.rate(CONNECTIONS, uploads, BODY),
        bare: () => sides.bare.rate(CONNECTIONS, uploads, BODY),
      });
      const latencies: Record<Side, number[][]> = { gateway: [], bare: [] };
      const few = scaled(FEW_REQUESTS, context.scale, 500);
      await interleaved(context.rounds, {
        gateway: () => sides.gateway.latencies(few, latencies.gateway),
        bare: () => sides.bare.latencies(few, latencies.bare),
      });
      // The first round does not count.
      const [ownCpu, bareCpu] = [cpu.gateway.slice(1), cpu.bare.slice(1)];
      return {
        metrics: [
          ratioMetric(
            'gatewayVsBareProxy',
            'requests through the gateway: rate over that of a bare proxy',
            ratio(rates.gateway, rates.bare),
            { atLeast: 0.9 },
          ),
          ratioMetric(
            'gatewayUploadVsBareProxy',
            'uploads of 16 KB: rate over that of a bare proxy',
            ratio(uploadRates.gateway, uploadRates.bare),
            'more',
          ),
          ratioMetric(
            'gatewayCpuVsBareProxy',
            "processor time of a request in the gateway's process, over that of a bare proxy",
            ratio(ownCpu, bareCpu),
            'less',
          ),
        ],
        figures: [
          samplesTable('64 connections', 'requests/s', rates),
          samplesTable('64 connections, uploads', 'requests/s', uploadRates),
          samplesTable('Processor time of a request', 'µs', { gateway: ownCpu, bare: bareCpu }),
          latencyTable(latencies),
        ],
      };
    }),
};

interface MeasuredSide {
  /** Looks every user up once, so that all are known. */
  meetUsers(): Promise<void>;
  /** Requests per second; adds the processor time of one to `cpu`. */
  rate(callers: number, requests: number, body?: Buffer, cpu?: number[]): Promise<number>;
  /** Adds the latencies of all requests, in µs, and resolves with their number. */
  latencies(requests: number, samples: number[][]): Promise<number>;
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
    async rate(callers, requests, body, cpu) {
      const before = await proxy.cpuUs();
      const perSecond = await closedLoop({ callers, calls: requests }, (at) => send(at, body));
      cpu?.push(((await proxy.cpuUs()) - before) / requests);
      return perSecond;
    },
    async latencies(requests, samples) {
      const own: number[] = [];
      await closedLoop({ callers: FEW, calls: requests }, async (at) => {
        const start = performance.now();
        await send(at);
        own.push((performance.now() - start) * 1_000);
      });
      samples.push(own);
      return own.length;
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

function latencyTable(latencies: Readonly<Record<Side, readonly (readonly number[])[]>>): Table {
  const row = (side: Side): (string | number)[] => {
    const rounds = latencies[side].slice(1).map((round) => round.toSorted((a, b) => a - b));
    const at = (share: number): number =>
      estimate(rounds.map((sorted) => sorted[Math.floor(sorted.length * share)]!)).value;
    return [side, at(0.5), at(0.99)];
  };
  return {
    kind: 'table',
    caption: 'Latency of 8 connections, medians of the rounds',
    columns: ['', 'p50, µs', 'p99, µs'],
    rows: [row('gateway'), row('bare')],
  };
}
