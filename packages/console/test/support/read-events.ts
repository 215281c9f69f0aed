/** A server-sent event, as a client reads it. */
export interface Received {
  readonly event: string;
  readonly id: string | undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into it
  readonly data: any;
}

/** Reads a stream of events to its end. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<Received, undefined> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      yield { event: field('event')!, id: field('id'), data: JSON.parse(field('data')!) };
    }
  }
  return undefined;
}
