import type { Clock, Executors } from '@stateful-route/core';
import type { StoreInspector } from '@stateful-route/core/adapter';
import type { Paint, Streams } from './terminal.ts';

/** A store that a command works on. */
export interface CommandStore {
  readonly executors: Executors;
  /** What the ports do not show; without it commands that read all links, or the servers, are refused. */
  readonly inspector?: StoreInspector | undefined;
  /** Where the store is, without a password. */
  readonly address?: string | undefined;
  close(): Promise<void>;
}

/** What all commands are given. */
export interface Context {
  readonly store: CommandStore;
  readonly namespace: string;
  /** The service of `--service`. */
  readonly serviceName: string | undefined;
  /** Who acts, for the journal. */
  readonly by: string;
  readonly readOnly: boolean;
  readonly format: 'table' | 'json';
  readonly streams: Streams;
  readonly paint: Paint;
  readonly clock: Clock;
  /** Fires when the command shall end. */
  readonly signal: AbortSignal;
}
