import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { ChildProgram } from '@stateful-route/lab/process';
import type { BenchLab } from '../lab/bench-lab.ts';
import type { CpuQuestion, PodOrder, ProxyOrder, ProxyReport } from './messages.ts';

/** A proxy in a process of its own. */
export interface ApartProxy {
  readonly origin: string;
  /** The processor time that it has used, in µs. */
  cpuUs(): Promise<number>;
}

type Order = PodOrder | ProxyOrder | CpuQuestion;

/** A pod, and in front of it a gateway and a bare proxy: each in a process of its own. */
export async function startProxies(lab: BenchLab): Promise<Readonly<Record<'gateway' | 'bare', ApartProxy>>> {
  const place: PodOrder = { url: await lab.redisUrl(), namespace: uniqueNamespace() };
  const pod = await startApart(lab, new URL('./pod-main.ts', import.meta.url), place);
  const proxyOf = (kind: ProxyOrder['kind']): Promise<ApartProxy> =>
    startApart(lab, new URL('./proxy-main.ts', import.meta.url), { ...place, kind, podAddress: pod.address });
  return { gateway: await proxyOf('gateway'), bare: await proxyOf('bare') };
}

async function startApart(
  lab: BenchLab,
  program: URL,
  order: PodOrder | ProxyOrder,
): Promise<ApartProxy & { readonly address: string }> {
  let heard: (report: ProxyReport) => void = () => {};
  const child = new ChildProgram<Order, ProxyReport>(program, (report) => heard(report));
  lab.defer(() => child.kill());
  const ask = (question: Order): Promise<ProxyReport> =>
    new Promise((resolve, reject) => {
      heard = resolve;
      child.ended.then((status) => reject(new Error(`${program.pathname} ended with ${status}.`)), reject);
      child.send(question);
    });
  const report = await ask(order);
  if (report.type !== 'listens') throw new Error('The program does not listen.');
  return {
    address: report.address,
    origin: `http://${report.address}`,
    async cpuUs() {
      const used = await ask({ asks: 'cpu' });
      return used.type === 'cpu' ? used.microseconds : Number.NaN;
    },
  };
}
