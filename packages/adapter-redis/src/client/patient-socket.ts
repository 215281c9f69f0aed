import { systemClock } from '@stateful-route/core';
import { setDeadline } from '@stateful-route/core/adapter';
import { type ConnectionStream, isCluster, type RedisClient, type RedisConnection } from './redis-client.ts';

/** The error with which ioredis ends a connection when nothing has arrived within `socketTimeout`. */
const SOCKET_TIMEOUT = /^Socket timeout\. /;

const patient = new WeakSet<RedisClient>();

/**
 * Lets a connection whose `socketTimeout` is over read what has arrived before it is ended, and keeps it where that was
 * something. After a pause of the whole process timers run before sockets: ioredis would end connections on which all replies
 * lie ready, and nobody would know whether those calls acted.
 */
export function letRepliesCount(client: RedisClient): void {
  if (patient.has(client)) return;
  patient.add(client);
  if (isCluster(client)) {
    for (const node of client.nodes()) letRepliesCount(node);
    client.on('+node', (node: RedisConnection) => letRepliesCount(node));
    return;
  }
  const mend = (): void => endAfterArrivals(client.stream);
  if (client.status === 'connect' || client.status === 'ready') mend();
  client.on('connect', mend);
}

function endAfterArrivals(stream: ConnectionStream): void {
  const destroy = stream.destroy.bind(stream);
  stream.destroy = (error?: Error) => {
    if (!error || !SOCKET_TIMEOUT.test(error.message)) return destroy(error);
    const keep = (): void => cancel();
    const cancel = setDeadline(
      systemClock,
      () => {
        stream.off('data', keep);
        destroy(error);
      },
      0,
    );
    stream.once('data', keep);
    return stream;
  };
}
