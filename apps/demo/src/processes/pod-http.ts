import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RoomPod } from '../room/room-pod.ts';

const HOST = '127.0.0.1';

/** A pod's HTTP server. It listens before the pod exists, as the pod publishes its address. */
export interface PodHttp {
  readonly address: string;
  /** Passes requests to the pod from now on. */
  serve(pod: RoomPod): void;
  close(): Promise<void>;
}

/** Listens on a free port. `POST /rooms/<uid>` answers 200 with what was served, or 421. */
export async function listenForRooms(): Promise<PodHttp> {
  let pod: RoomPod | undefined;
  const server = createServer((request, response) => {
    request.resume();
    const uid = /^\/rooms\/([^/?]+)$/.exec(request.url ?? '')?.[1];
    if (request.method !== 'POST' || uid === undefined) send(response, 404, 'POST /rooms/<uid>');
    else if (!pod) send(response, 503, 'the pod is starting');
    else void respond(pod, uid, response);
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://${HOST}:${port}`,
    serve: (ready) => {
      pod = ready;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function respond(pod: RoomPod, uid: string, response: ServerResponse): Promise<void> {
  try {
    const answer = await pod.handle(decodeURIComponent(uid));
    if (answer.kind === 'not-mine') send(response, 421, 'the user is not mine');
    else send(response, 200, JSON.stringify(answer.served), 'application/json');
  } catch (error) {
    send(response, 503, error instanceof Error ? error.message : String(error));
  }
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, resolve);
  });
}
