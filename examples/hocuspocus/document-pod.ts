/**
 * A pod of Yjs documents: Hocuspocus serves them, the host decides when each is opened, saved and closed.
 *
 * A document is an entity of the host; its uid is the document's name. The host's direct connection keeps a document in memory
 * while sockets come and go. Hocuspocus has no `onStoreDocument`: only the host saves.
 */
import { createServer } from 'node:http';
import { Hocuspocus } from '@hocuspocus/server';
import type { StatefulRoute, StatefulRouteForServerDriver } from '@stateful-route/driver';
import { createHost, probes, runUntilSignal } from '@stateful-route/host';
import { webSockets } from '@stateful-route/host/ws';
import { applyUpdate, encodeStateAsUpdate } from 'yjs';
import type { DocumentStorage } from './document-storage.ts';

/** Serves documents until SIGTERM. Then each moves to another pod, with all that was acknowledged. */
export async function runDocumentPod(
  route: StatefulRoute<StatefulRouteForServerDriver>,
  storage: DocumentStorage,
  port: number,
): Promise<void> {
  const hocuspocus = new Hocuspocus({
    onLoadDocument: async ({ document, documentName, context }) => {
      const update = await storage.open(documentName, context.token);
      if (update) applyUpdate(document, update);
    },
    // A socket has entered one document, and gets no other one.
    onConnect: async ({ documentName, context: { stay } }) => {
      if (documentName !== stay.uid || stay.signal.aborted) throw new Error(`not at ${documentName}`);
    },
  });
  const host = createHost(route, {
    open: async ({ uid, token, changed }) => {
      const opened = await hocuspocus.openDirectConnection(uid, { token });
      opened.document?.on('update', changed);
      return opened;
    },
    save: ({ uid, token, state }) => storage.save(uid, token, encodeStateAsUpdate(state.document!)),
    close: async ({ uid, state }) => {
      hocuspocus.closeConnections(uid);
      await state.disconnect();
    },
    saveEveryMs: 5_000,
    saveWhenFenced: true,
  });
  const server = createServer(probes(route));
  const accept = webSockets(host, (socket, request, stay) => {
    hocuspocus.handleConnection(socket, request, { stay });
  });
  server.on('upgrade', accept).listen(port);
  await runUntilSignal(server, route, host);
}
