import { randomBytes } from 'node:crypto';

/** What all namespaces of this process begin with. */
export const namespacePrefix: string = `t-${Date.now().toString(36)}-${randomBytes(5).toString('hex')}-`;

let made = 0;

/** A namespace that nobody else uses, so that tests share a store without meeting. */
export function uniqueNamespace(): string {
  made += 1;
  return `${namespacePrefix}${made}`;
}
