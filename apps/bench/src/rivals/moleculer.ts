import { type Context, ServiceBroker, Strategies } from 'moleculer';
import type { PodChooser } from './pod-chooser.ts';

/** What a strategy of Moleculer reads of an endpoint. */
interface Endpoint {
  readonly id: string;
  readonly node: { readonly cpu: number };
}

/** The strategy `CpuUsage`: the least busy of three random nodes, whoever the user is. */
export function cpuUsage(pods: number): PodChooser {
  const broker = quietBroker();
  const strategy = new Strategies.CpuUsage(broker.registry, broker, {});
  let list = endpoints(pods);
  return {
    select: () => strategy.select(list).id,
    setPods: (count) => {
      list = endpoints(count);
    },
  };
}

/** The strategy `Shard`: a hash ring, keyed by the parameter `uid` of a call. */
export function shard(pods: number): PodChooser {
  const broker = quietBroker();
  const strategy = new Strategies.Shard(broker.registry, broker, { shardKey: 'uid' });
  let list = endpoints(pods);
  return {
    select: (uid) => strategy.select(list, { params: { uid } } as unknown as Context).id,
    setPods: (count) => {
      list = endpoints(count);
      // The broker emits this when a node connects or disconnects.
      broker.localBus.emit('$node.updated', {});
    },
  };
}

/** A broker with so many nodes of the service; `select` uses the method that its own calls use. */
export function brokerOf(pods: number): Pick<PodChooser, 'select'> {
  const broker = new ServiceBroker({ logger: false, registry: { strategy: 'CpuUsage' } });
  const registry = broker.registry as unknown as Registry;
  for (const [at, { id, node }] of endpoints(pods).entries()) {
    registry.processNodeInfo({ sender: id, instanceID: String(at), seq: 1, ipList: [], services: [SERVICE] });
    registry.nodes.get(id).cpu = node.cpu;
  }
  const finder = broker as unknown as Finder;
  return { select: () => finder.findNextActionEndpoint(ACTION, {}).id };
}

const ACTION = 'room.enter';
const SERVICE = {
  name: 'room',
  fullName: 'room',
  settings: {},
  metadata: {},
  actions: { [ACTION]: { name: ACTION, rawName: 'enter' } },
  events: {},
};

/** Missing in the broker's types: the methods by which it adds nodes, and by which calls find one. */
interface Registry {
  processNodeInfo(info: object): void;
  readonly nodes: { get(id: string): { cpu: number } };
}

interface Finder {
  findNextActionEndpoint(action: string, options: object): { readonly id: string };
}

function quietBroker(): ServiceBroker {
  return new ServiceBroker({ logger: false });
}

function endpoints(count: number): Endpoint[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `room-${at}`,
    node: { cpu: 10 + ((at * 37) % 90) },
  }));
}
