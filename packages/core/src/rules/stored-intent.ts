import { POD_INTENTS, type StoredIntent } from '../domain/stateful-service-state.ts';

/** Reads an intent and its rate as they are stored. A rate that is none is ignored. */
export function storedIntent(word: string | undefined, rate: string | undefined): StoredIntent {
  const intent = POD_INTENTS.find((each) => each === word);
  const given = intent === 'drain' ? Number(rate) : Number.NaN;
  return { intent, ratePerSecond: given > 0 ? given : undefined, unknownIntent: intent ? undefined : word };
}
