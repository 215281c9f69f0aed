import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { PodRow } from '../../../src/api/types.ts';
import { info, live } from '../api/live.ts';
import { CommandLine } from '../parts/command-line.tsx';
import { Banner } from '../parts/badge.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { counted, figure } from '@stateful-route/core/adapter';
import { podName } from '../words/pod-words.ts';
import { type Action, asked, carryOut, type Given } from './action.ts';
import { notice } from './notice.tsx';
import { routectlLine } from './routectl-line.ts';

/** Asks for a yes to the action that was chosen, if one was. */
export function ActionDialog({ service }: { readonly service: string }): JSX.Element | null {
  const action = asked.value;
  return action ? <Confirmation service={service} action={action} /> : null;
}

function Confirmation({
  service,
  action,
}: {
  readonly service: string;
  readonly action: Action;
}): JSX.Element {
  const given = useSignal<Given>({});
  const running = useSignal(false);
  const failure = useSignal<string | undefined>(undefined);
  const { title, effect, verb, isHard, asks, notPod, command } = action;

  const run = async (): Promise<void> => {
    running.value = true;
    failure.value = undefined;
    try {
      const { sentence, orderId, outcome } = await carryOut(service, action, given.value);
      notice.value = { tone: 'good', sentence, orderId, outcome };
      asked.value = undefined;
    } catch (error) {
      failure.value = (error as Error).message;
      running.value = false;
    }
  };

  return (
    <Dialog title={title} onSubmit={() => void run()} onCancel={() => (asked.value = undefined)}>
      <p class="wrap">{effect}</p>
      {asks === 'pod' && (
        <PodChoice service={service} notPod={notPod} onGiven={(to) => (given.value = { to })} />
      )}
      {asks === 'rate' && <RateChoice onGiven={(ratePerSecond) => (given.value = { ratePerSecond })} />}
      <div class="field">
        <small>The same in a shell</small>
        <CommandLine line={routectlLine(info.value?.namespace ?? '', service, command(given.value))} />
      </div>
      {failure.value !== undefined && (
        <div role="alert">
          <Banner tone="bad" icon="warning">
            <p class="wrap">{failure.value}</p>
          </Banner>
        </div>
      )}
      <footer>
        <button type="button" class="button" onClick={() => (asked.value = undefined)}>
          Cancel
        </button>
        <button
          type="submit"
          class={`button ${isHard === true ? 'danger' : 'main-action'}`}
          disabled={running.value || (asks === 'pod' && given.value.to === undefined)}
        >
          {verb}
        </button>
      </footer>
    </Dialog>
  );
}

function RateChoice({ onGiven }: { readonly onGiven: (rate: number | undefined) => void }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Users a second</label>
      <input
        id={id}
        type="number"
        min="1"
        max="100000"
        inputMode="numeric"
        placeholder="default"
        onInput={({ currentTarget }) => {
          const rate = currentTarget.valueAsNumber;
          onGiven(Number.isFinite(rate) ? rate : undefined);
        }}
      />
      <small>Left empty: as fast as the pod is configured.</small>
    </div>
  );
}

function PodChoice(props: {
  readonly service: string;
  readonly notPod: number | undefined;
  readonly onGiven: (podId: number | undefined) => void;
}): JSX.Element {
  const { service, notPod, onGiven } = props;
  const id = useId();
  const pods = [...(live.value?.pods.values() ?? [])].filter(
    ({ podId, status }) => status === 'routable' && podId !== notPod,
  );
  return (
    <div class="field">
      <label for={id}>To pod</label>
      <select
        id={id}
        required
        onChange={({ currentTarget: { value } }) => onGiven(value === '' ? undefined : Number(value))}
      >
        <option value="">Choose a pod</option>
        {pods.map((pod) => (
          <option key={pod.podId} value={pod.podId}>
            {optionText(service, pod)}
          </option>
        ))}
      </select>
      <small>Only pods that take new users can be chosen.</small>
    </div>
  );
}

const optionText = (service: string, pod: PodRow): string =>
  `${podName(service, pod.podId)}: ${pod.users === undefined ? '' : `${counted(pod.users, 'user')}, `}load ${figure(pod.load)}`;
