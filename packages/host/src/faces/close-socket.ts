import type { Duplex } from 'node:stream';
import type { Closed, CloseReason } from '../host.ts';

/** How long a socket may take to end after its user has gone. */
export const SOCKET_CLOSE_MS = 1_000;

/** "Service Restart": the client connects again, and the gateway finds the new pod. */
const SERVICE_RESTART = 1012;
const NORMAL = 1000;

const reasons: Readonly<Record<CloseReason, string>> = {
  ended: 'ended',
  handOff: 'the user moved to another pod',
  stop: 'the pod stops',
  idle: 'idle',
  lost: 'another pod has the user',
  fenced: 'the pod is cut off',
};

/** The code and the reason with which the WebSockets of an entity close. */
export function closeFrame({ why, to }: Closed): { readonly code: number; readonly reason: string } {
  if (why === 'handOff' && to === undefined)
    return { code: SERVICE_RESTART, reason: 'the user was not moved' };
  return { code: why === 'ended' ? NORMAL : SERVICE_RESTART, reason: reasons[why] };
}

/** Ends a socket and, once all is sent, the connection. */
export function endSocket(socket: Duplex, last?: string): void {
  if (socket.destroyed) return;
  socket.once('finish', () => socket.destroy());
  // What arrives meanwhile is dropped: a connection that is closed with unread bytes is reset, and the answer lost.
  socket.resume();
  socket.end(last);
}
