import { useSignal } from '@preact/signals';
import { duration } from '@stateful-route/core/adapter';
import type { ComponentChildren, JSX } from 'preact';
import type { ExplainedPod, Explanation, UserDetails } from '../../../src/api/types.ts';
import {
  type Action,
  asked,
  kick,
  move,
  pin as pinUser,
  unlink,
  unpin,
  unquarantine,
} from '../actions/action.ts';
import { type Live, storeNow } from '../api/live.ts';
import { Banner } from '../parts/badge.tsx';
import { Entries } from '../parts/entries.tsx';
import { Foreign, PodLink } from '../parts/id.tsx';
import { Failure, useLoaded } from '../parts/loaded.tsx';
import { Search } from '../parts/search.tsx';
import { ago, timeOf } from '../words/figures.ts';
import { podName } from '../words/pod-words.ts';
import { Candidates } from './candidates.tsx';
import { Actions } from './pod.tsx';

/** Where a user is and why, and what can be done with him. */
export function UserScreen(props: {
  readonly service: string;
  readonly uid: string | undefined;
  readonly live: Live;
}): JSX.Element {
  const { service, uid, live } = props;
  return uid === undefined ? (
    <section class="card ask">
      <h2>Which user?</h2>
      <p class="muted">
        Paste the id of a user, a room or a document, exactly as your program gives it to the router.
      </p>
      <Search service={service} id="user-search" />
    </section>
  ) : (
    <Found key={`${service} ${uid}`} service={service} uid={uid} live={live} />
  );
}

function Found({
  service,
  uid,
  live,
}: {
  readonly service: string;
  readonly uid: string;
  readonly live: Live;
}): JSX.Element {
  const not = useSignal<number | undefined>(undefined);
  const asking = useSignal(0);
  const about = live.journal.findLast((entry) => 'uid' in entry && entry.uid === uid)?.id;
  const query = `uid=${encodeURIComponent(uid)}${not.value === undefined ? '' : `&not=${not.value}`}`;
  const path = `services/${encodeURIComponent(service)}/user?${query}`;
  const { value, failure } = useLoaded<UserDetails>(path, `${about} ${asking.value}`);
  const details = value.value;
  if (!details)
    return failure.value === undefined ? <p class="card empty">Reading…</p> : <Failure of={failure} />;
  const { explanation, pin, quarantinedUntil, journal } = details;
  return (
    <>
      <Failure of={failure} />
      {quarantinedUntil !== undefined && (
        <Banner tone="bad" icon="warning">
          <b>In quarantine</b> until {timeOf(quarantinedUntil, storeNow())}: whichever pod opened this user
          ended soon after, so that no pod is given it.
        </Banner>
      )}
      <section class="card verdict">
        <header>
          <h2 class="user-name">
            <Foreign text={uid} />
          </h2>
          <span class="muted">
            read {ago(storeNow() - explanation.storeTime)}
            {storeNow() - explanation.storeTime < 1_500 ? '' : ' ago'}
          </span>
          <button type="button" class="button small" onClick={() => asking.value++}>
            Read again
          </button>
        </header>
        <p class="because wrap">
          <bdi>{explanation.because ?? whyUnknown(explanation)}</bdi>
        </p>
        <p class="wrap">
          <b>Now:</b> <bdi>{explanation.sentence}</bdi>
        </p>
        <UserActions details={details} />
      </section>
      <div class="columns">
        <LinkFacts service={service} explanation={explanation} pin={pin} />
        <section class="card">
          <header>
            <h2>Why not another pod?</h2>
          </header>
          <WhyNot service={service} live={live} chosen={not.value} choose={(podId) => (not.value = podId)} />
          <p class="wrap" role="status">
            {explanation.not && <bdi>{explanation.not.sentence}</bdi>}
          </p>
        </section>
      </div>
      <Candidates service={service} explanation={explanation} />
      <section class="card flush">
        <header>
          <h2>What was done to this user by name</h2>
        </header>
        <Entries
          label="Entries of the journal about this user"
          service={service}
          entries={journal}
          empty="The journal has nothing about this user."
        />
      </section>
    </>
  );
}

const whyUnknown = ({ link }: Explanation): string =>
  link ? 'No record says how the user came to the pod.' : 'The user has no link: no pod holds it.';

function UserActions({ details }: { readonly details: UserDetails }): JSX.Element {
  const { uid, explanation, pin, quarantinedUntil } = details;
  const { link } = explanation;
  const button = (action: Action, isMain = false): JSX.Element => (
    <button
      type="button"
      class={isMain ? 'button main-action' : 'button'}
      onClick={() => (asked.value = action)}
    >
      {action.verb}…
    </button>
  );
  return (
    <Actions>
      {link && button(move(uid, link.podId), true)}
      {button(pinUser(uid))}
      {pin && button(unpin(uid))}
      {link && !link.permanent && button(unlink(uid))}
      {link?.permanent === true && button(kick(uid))}
      {quarantinedUntil !== undefined && button(unquarantine(uid))}
    </Actions>
  );
}

function LinkFacts(props: {
  readonly service: string;
  readonly explanation: Explanation;
  readonly pin: UserDetails['pin'];
}): JSX.Element {
  const { service, explanation, pin } = props;
  const { link, owner, endedToken } = explanation;
  const now = storeNow();
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Pod', link ? <PodLink service={service} podId={link.podId} /> : 'none'],
    [
      'Link',
      link &&
        (link.permanent ? 'a claim: the pod holds the user' : `temporary, for ${duration(link.ttlMs ?? 0)}`),
    ],
    [
      'Came',
      link?.reason &&
        `${link.reason.why}${link.reason.at === undefined ? '' : `, at ${timeOf(link.reason.at, now)}`}`,
    ],
    ['By', link?.reason?.by !== undefined && <Foreign text={link.reason.by} />],
    ['Token', link?.token ?? (endedToken !== undefined && `${endedToken}, ended`)],
    ['Its pod', link && (owner ? ownerWords(owner) : 'has no entry')],
    ['Address', owner?.address !== undefined && <Foreign text={owner.address} />],
    [
      'Pinned to',
      pin && (
        <>
          <PodLink service={service} podId={pin.podId} /> since {timeOf(pin.at, now)}
          {pin.by !== undefined && (
            <>
              {' by '}
              <Foreign text={pin.by} />
            </>
          )}
        </>
      ),
    ],
  ];
  return (
    <section class="card">
      <header>
        <h2>Link</h2>
      </header>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== undefined && value !== false)
          .map(([name, value]) => (
            <div class="fact" key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

const ownerWords = ({ alive, available, routable, state, routingState }: ExplainedPod): string => {
  const word = routable ? 'takes new users' : available ? 'serves its users' : alive ? 'is alive' : 'is dead';
  return `${word} (${state}, routing ${routingState})`;
};

function WhyNot(props: {
  readonly service: string;
  readonly live: Live;
  readonly chosen: number | undefined;
  readonly choose: (podId: number | undefined) => void;
}): JSX.Element {
  const { service, live, chosen, choose } = props;
  return (
    <div class="field">
      <label for="why-not">What keeps the user from</label>
      <select
        id="why-not"
        value={chosen ?? ''}
        onChange={({ currentTarget: { value } }) => choose(value === '' ? undefined : Number(value))}
      >
        <option value="">Choose a pod</option>
        {[...live.pods.keys()].map((podId) => (
          <option key={podId} value={podId}>
            {podName(service, podId)}
          </option>
        ))}
      </select>
    </div>
  );
}
