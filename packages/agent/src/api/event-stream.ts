import type { AgentPod } from '../pod/agent-pod.ts';
import type { AgentEvent } from '../pod/agent-event.ts';

/** How many bytes of events wait for a subscriber that does not read. One that has more to read is cut off. */
const WAITING_BYTES_MAX = 1_048_576;

/**
 * The events of a pod as server-sent events, or `undefined` if there is a subscriber already. A subscriber that is cut off
 * reconnects and gets the whole state.
 */
export function eventStream(pod: AgentPod, onCutOff: () => void): ReadableStream<Uint8Array> | undefined {
  const encoder = new TextEncoder();
  const first: Uint8Array[] = [];
  let send = (chunk: Uint8Array): void => void first.push(chunk);
  const unsubscribe = pod.subscribe((event) => send(encoder.encode(asText(event))));
  if (!unsubscribe) return undefined;
  // What a new subscriber gets first has no bound of its own: it grows with the users of the pod.
  const firstBytes = first.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        for (const chunk of first) controller.enqueue(chunk);
        send = (chunk) => {
          controller.enqueue(chunk);
          if (controller.desiredSize !== null && controller.desiredSize > 0) return;
          unsubscribe();
          onCutOff();
          controller.error(new Error('The subscriber reads too slowly.'));
        };
      },
      cancel: unsubscribe,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: firstBytes + WAITING_BYTES_MAX }),
  );
}

function asText({ name, data }: AgentEvent): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
