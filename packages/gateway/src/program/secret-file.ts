import { readFileSync } from 'node:fs';
import { invalidConfig } from '@stateful-route/core/adapter';

/** Reads a file that has one secret. */
export function readSecretFile(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw invalidConfig([{ name, problem: `cannot be read (${(error as NodeJS.ErrnoException).code})` }]);
  }
}
