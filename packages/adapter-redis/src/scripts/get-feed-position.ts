import { integer } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

/** The last event of a service. */
export interface FeedPosition {
  readonly storeTime: number;
  /** The number of the last event; 0 before the first. */
  readonly sequence: number;
}

export const getFeedPosition: Script<'info', never, FeedPosition> = defineScript({
  name: 'get-feed-position',
  keys: ['info'],
  args: [],
  writes: false,
  decode: (reply, storeTime) => ({ storeTime, sequence: integer(reply) }),
});
