import { systemClock } from '@stateful-route/core';
import { setDeadline } from '@stateful-route/core/adapter';
import { type ConnectionStream, isCluster, type RedisClient, type RedisConnection } from './redis-client.ts';

/** The error with which ioredis ends a connection when nothing has arrived within `socketTimeout`. */
const SOCKET_TIMEOUT = /^Socket timeout\. /;

/**
 * Lets a connection whose `socketTimeout` is over read what has arrived, and keeps the connection if anything had. After a
 * pause of the whole process timers run before sockets. ioredis would end connections whose replies have all arrived, and
 * whether those calls acted would be unknown.
 */
export function readBeforeSocketTimeout(client: RedisClient): void {
  if (isCluster(client)) {
    for (const node of client.nodes()) readBeforeSocketTimeout(node);
    client.on('+node', (node: RedisConnection) => readBeforeSocketTimeout(node));
    return;
  }
  const delay = (): void => delayDestroy(client.stream);
  if (client.status === 'connect' || client.status === 'ready') delay();
  client.on('connect', delay);
}

function delayDestroy(stream: ConnectionStream): void {
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
