import { type Context, ServiceBroker, Strategies } from 'moleculer';
import type { PodChooser } from './pod-chooser.ts';

/** What a strategy of Moleculer reads of an endpoint: its node, and how busy that is. */
interface Endpoint {
  readonly id: string;
  readonly node: { readonly cpu: number };
}

/** `CpuUsage`: takes the least busy of three nodes; it does not know the user. */
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

/** `Shard`: a ring of hashes, by the parameter `uid` of a call. */
export function shard(pods: number): PodChooser {
  const broker = quietBroker();
  const strategy = new Strategies.Shard(broker.registry, broker, { shardKey: 'uid' });
  let list = endpoints(pods);
  return {
    select: (uid) => strategy.select(list, { params: { uid } } as unknown as Context).id,
    setPods: (count) => {
      list = endpoints(count);
      // As the broker does when a node connects or disconnects.
      broker.localBus.emit('$node.updated', {});
    },
  };
}

/** A broker that knows so many nodes with the service, asked as its own calls ask it. */
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

/** What a broker's types leave out: how it learns of other nodes, and how its calls find one. */
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
