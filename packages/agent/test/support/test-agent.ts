import { createTestRoute, type TestRoute, type TestRouteOptions } from '@stateful-route/testkit/test-route';
import { onTestFinished } from 'vitest';
import { type Agent, createAgent } from '../../src/index.ts';

/** The times of a route with the default options, in ms. */
export const LEASE_MS = 15_000;
export const MARGIN_MS = 1_500;
export const PERIOD_MS = 3_000;

/** An event as a subscriber reads it. */
export interface ReadEvent {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** A follower of an agent's events. */
interface Follower {
  /** All events so far. */
  readonly events: ReadEvent[];
  /** Whether the stream has ended, and how. */
  ended(): 'by itself' | 'with an error' | undefined;
  leave(): Promise<void>;
}

/** An agent of pod 0, on a manual clock. */
export interface TestAgent {
  readonly route: TestRoute;
  readonly agent: Agent;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Asked>;
  follow(): Promise<Follower>;
}

/** An answer of the agent. */
interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Starts a service of pods with an agent beside pod 0, ended after the test. */
export async function startTestAgent(
  options: TestRouteOptions = {},
  own: { readonly token?: string; readonly saveTimeoutMs?: number } = {},
): Promise<TestAgent> {
  const route = await createTestRoute({ pods: 2, ...options });
  const agent = createAgent(route.pods[0]!, own);
  onTestFinished(async () => {
    agent.close(new Error('the test is over'));
    await route.stop();
  });
  const send = (method: string, path: string, body?: unknown, headers = {}): Promise<Response> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return agent.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: text }),
      }),
    );
  };
  return {
    route,
    agent,
    ask: async (...args) => {
      const response = await send(...args);
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
    },
    follow: async () => follow(await send('GET', '/v1/events')),
  };
}

function follow(response: Response): Follower {
  if (response.status !== 200) throw new Error(`The agent answers ${response.status}.`);
  const events: ReadEvent[] = [];
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let ended: 'by itself' | 'with an error' | undefined;
  let text = '';
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block)!;
        events.push({ name: name!, data: JSON.parse(data!) as Record<string, unknown> });
      }
    }
  };
  read().then(
    () => (ended = 'by itself'),
    () => (ended = 'with an error'),
  );
  return { events, ended: () => ended, leave: () => reader.cancel() };
}

/** Lets everything run that waits for nothing but the event loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
