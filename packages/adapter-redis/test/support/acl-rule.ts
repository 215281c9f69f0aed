import { readFileSync } from 'node:fs';
import { namespacePrefix } from '@stateful-route/testkit/redis';

const readme = new URL('../../README.md', import.meta.url);

/** What an application's user may do, as the README says it, on namespaces of this process in place of `game`. */
export function readmeRights(): string[] {
  const blocks = [...text().matchAll(/```acl\n(.*?)```/gs)];
  if (blocks.length !== 1) throw new Error('The README has not one block with an ACL rule.');
  const words = blocks[0]![1]!.split(/\s+/).filter(Boolean);
  const [user, name, on, password, ...rights] = words;
  if (user !== 'user' || !name || on !== 'on' || !password?.startsWith('>')) {
    throw new Error('The README has no rule of a user that is on and has a password.');
  }
  return rights.map((word) => word.replace('{game:*', `{${namespacePrefix}*`));
}

/** The same on a Cluster. */
export function readmeClusterRights(): string[] {
  const more = /On a Cluster the user also needs `([^`]+)`/.exec(text())?.[1];
  if (!more) throw new Error('The README does not say what a Cluster needs.');
  return [...readmeRights(), ...more.split(' ')];
}

function text(): string {
  return readFileSync(readme, 'utf8');
}
