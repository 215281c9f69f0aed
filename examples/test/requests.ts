import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

interface Visit {
  readonly uid: string;
  readonly podId: number;
  readonly visits: number;
}

/** Visits as a user; the pod's answer. */
export async function visit(url: string, uid: string): Promise<Visit> {
  const response = await fetch(`${url}/users/${uid}/visits`, { method: 'POST' });
  if (!response.ok) throw new Error(`${uid} got ${response.status}: ${await response.text()}`);
  return (await response.json()) as Visit;
}

/** A user's WebSocket, open. */
export async function connect(url: string, uid: string): Promise<WebSocket> {
  const socket = new WebSocket(liveUrl(url, uid));
  await once(socket, 'open');
  return socket;
}

/** What a user's upgrade is refused with. */
export async function refusedUpgrade(url: string, uid: string): Promise<IncomingMessage> {
  const socket = new WebSocket(liveUrl(url, uid));
  const [, response] = (await once(socket, 'unexpected-response')) as [ClientRequest, IncomingMessage];
  response.resume();
  return response;
}

/** Says something, and returns what the pod answers. */
export async function say(socket: WebSocket, text = 'hello'): Promise<Visit> {
  const answer = once(socket, 'message') as Promise<[Buffer]>;
  socket.send(text);
  const [data] = await answer;
  return JSON.parse(data.toString('utf8')) as Visit;
}

/** The code a socket closes with. */
export async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

function liveUrl(url: string, uid: string): string {
  return `${url.replace('http', 'ws')}/users/${uid}/live`;
}
