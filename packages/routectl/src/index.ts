export type { CommandStore } from './run/context.ts';
export type { Streams, TextStream } from './run/terminal.ts';
export { type RoutectlParts, runRoutectl } from './program/run-routectl.ts';
export type { Environment } from './program/store-settings.ts';
