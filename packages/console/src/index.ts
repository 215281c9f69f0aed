export { type Console, type ConsoleOptions, createConsole } from './create-console.ts';
export type { Authorize, Visitor } from './http/access.ts';
export type * from './api/types.ts';
