import type { JSX } from 'preact';
import { hrefOf } from '../routing/route.ts';
import { podName } from '../words/pod-words.ts';

/** A text that somebody else wrote. Its direction stays its own, so that it cannot turn what stands around it. */
export function Foreign({ text }: { readonly text: string }): JSX.Element {
  return <bdi class="mono wrap">{text}</bdi>;
}

/** A pod, and the way to it. Where there is little room, the ordinal is what stays. */
export function PodLink({
  service,
  podId,
}: {
  readonly service: string;
  readonly podId: number;
}): JSX.Element {
  return (
    <a class="pod-link" href={hrefOf(service, { screen: 'pod', podId })}>
      <bdi dir="ltr">{podName(service, podId)}</bdi>
    </a>
  );
}

/** A user, and the way to why he is where he is. */
export function UserLink({ service, uid }: { readonly service: string; readonly uid: string }): JSX.Element {
  return (
    <a href={hrefOf(service, { screen: 'user', uid })}>
      <Foreign text={uid} />
    </a>
  );
}
