import type { LocatedPod } from '@stateful-route/core';
import { Agent, request } from 'undici';
import { type PodCalls, PodUnreachable } from '../gateway/pod-calls.ts';
import type { Answer, Served } from '../room/answer.ts';

const ANSWER_MS_MAX = 3_000;
const MISDIRECTED = 421;

/** Sends a gateway's requests to pods over HTTP. */
export class HttpPodCalls implements PodCalls {
  readonly #agent = new Agent({
    connections: 16,
    connectTimeout: 1_000,
    headersTimeout: ANSWER_MS_MAX,
    bodyTimeout: ANSWER_MS_MAX,
  });

  async ask({ podId, address }: LocatedPod, uid: string): Promise<Answer> {
    if (address === undefined) throw new PodUnreachable(podId, new Error('it published no address'));
    try {
      const url = `${address}/rooms/${encodeURIComponent(uid)}`;
      const { statusCode, body } = await request(url, { method: 'POST', dispatcher: this.#agent });
      const text = await body.text();
      if (statusCode === MISDIRECTED) return { kind: 'not-mine' };
      if (statusCode === 200) return { kind: 'served', served: JSON.parse(text) as Served };
      throw new Error(`it answers ${statusCode}: ${text}`);
    } catch (error) {
      throw new PodUnreachable(podId, error);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
