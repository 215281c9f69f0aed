import type { SteeredUser } from './user-links.ts';

/**
 * Ends a user's quarantine, which the journal has then. Returns whether the user was quarantined. Rejects as the store's calls do. It
 * may be repeated.
 */
export async function unquarantineUser(user: SteeredUser): Promise<boolean> {
  const { executors, namespace, serviceName, uid, by, signal } = user;
  const { stateful, server } = executors;
  const was = await stateful.endQuarantine(namespace, uid, serviceName, { signal });
  // Also where only the service still counts him, as an earlier call got no further.
  return (await server.unquarantineUser(namespace, serviceName, uid, { by, signal })) || was;
}
