import type { ComponentChildren, JSX } from 'preact';
import type { Tone } from '../words/pod-words.ts';

/** One figure, to be seen from afar. */
export function Tile(props: {
  readonly name: string;
  readonly value: string;
  readonly tone?: Tone | undefined;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="tile" data-tone={props.tone} role="group" aria-label={props.name}>
      <span>{props.name}</span>
      <strong>{props.value}</strong>
      <small>{props.children}</small>
    </section>
  );
}
