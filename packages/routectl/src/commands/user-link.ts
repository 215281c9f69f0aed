import { CommandEnd, EXIT } from '../run/exit-status.ts';

/** The user has no link. */
export const noLink = (uid: string, service: string): CommandEnd =>
  new CommandEnd(EXIT.notFound, `${uid} has no link in ${service}.`, { service, uid });

/** The link was another one when it was to be changed. */
export const linkChanged = (uid: string, service: string): CommandEnd =>
  new CommandEnd(
    EXIT.refused,
    `The link of ${uid} in ${service} has just changed. Look again: routectl where ${uid}`,
  );
