import type { JSX } from 'preact';
import type { ConditionName } from '../../../src/api/types.ts';
import { connection, live, unreadable } from '../api/live.ts';
import { Banner } from '../parts/badge.tsx';
import type { IconName } from '../parts/icon.tsx';

const looks: Readonly<
  Record<ConditionName, { tone: 'warn' | 'bad' | 'accent'; icon: IconName; title: string }>
> = {
  'no routable pod': { tone: 'bad', icon: 'cross', title: 'No pod takes new users' },
  guard: { tone: 'bad', icon: 'shield', title: 'Mass-expiry guard' },
  restored: { tone: 'bad', icon: 'warning', title: 'Restored directory' },
  young: { tone: 'warn', icon: 'warning', title: 'Young directory' },
  quarantine: { tone: 'bad', icon: 'warning', title: 'Quarantine' },
  frozen: { tone: 'accent', icon: 'snow', title: 'Frozen' },
};

/** What everybody should know before anything else, on every screen. */
export function Conditions(): JSX.Element {
  const broken = connection.value.state === 'broken' ? connection.value.why : unreadable.value;
  return (
    <div role="status" class="screen conditions">
      {broken !== undefined && (
        <Banner tone="bad" icon="warning">
          <b>No live figures.</b> <span class="wrap">{broken}</span> What is shown grows old; it is tried
          again.
        </Banner>
      )}
      {live.value?.summary.conditions.map(({ name, meaning }) => {
        const { tone, icon, title } = looks[name] ?? { tone: 'warn', icon: 'warning', title: name };
        return (
          <Banner key={name} tone={tone} icon={icon}>
            <b>{title}.</b> {meaning}.
          </Banner>
        );
      })}
    </div>
  );
}
