import type { ComponentChildren, JSX } from 'preact';
import type { PodRow } from '../../../src/api/types.ts';
import { lookOf, type Tone } from '../words/pod-words.ts';
import { Icon, type IconName } from './icon.tsx';

/** A word with a drawing and a colour. */
export function Badge(props: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class="badge" data-tone={props.tone} title={props.title}>
      <Icon name={props.icon} />
      {props.children}
    </span>
  );
}

/** What a pod is now. */
export function StatusBadge({ pod }: { readonly pod: Pick<PodRow, 'status' | 'intent'> }): JSX.Element {
  const { word, tone, icon, meaning } = lookOf(pod);
  return (
    <Badge tone={tone} icon={icon} title={meaning}>
      {word}
    </Badge>
  );
}

/** Something that everybody should see. */
export function Banner(props: {
  readonly tone: 'warn' | 'bad' | 'accent';
  readonly icon: IconName;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="banner" data-tone={props.tone}>
      <Icon name={props.icon} />
      <div>{props.children}</div>
    </div>
  );
}
