import { SERVICE } from '../fleet/fleet.ts';

/** A fleet that stays up. */
export interface GuidedFleet {
  readonly redis: string;
  readonly namespace: string;
  /** The process of each pod, by ordinal. */
  readonly processes: readonly (number | undefined)[];
}

/** What may be tried on a fleet that stays up. */
export function guideTo({ redis, namespace, processes }: GuidedFleet): string[] {
  const url = new URL(redis);
  const secret = url.username !== '' || url.password !== '';
  const routectl = `pnpm -s routectl --redis ${secret ? '"$REDIS_URL"' : redis} --namespace ${namespace} --service ${SERVICE}`;
  return [
    '',
    `namespace ${namespace}, service ${SERVICE}`,
    ...processes.map((pid, podId) => `pod ${podId} is process ${pid}`),
    '',
    'Users send requests until this program gets a signal (Ctrl-C). In another terminal:',
    ...(secret ? ["  (set REDIS_URL to this Redis' address first)"] : []),
    ...[
      'status',
      'pods',
      'explain ada',
      'events -f',
      'drain 1 --wait',
      'uncordon 1',
      'kick ada',
      'doctor',
    ].map((command) => `  ${routectl} ${command}`),
    ...(processes.length > 1 ? [`  kill -9 ${processes.at(-1)}    # pod ${processes.length - 1} dies`] : []),
    '',
  ];
}
