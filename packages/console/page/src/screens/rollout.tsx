import { counted, figure } from '@stateful-route/core/adapter';
import type { JSX } from 'preact';
import type { RevisionDetails, RolloutDetails } from '../../../src/api/types.ts';
import type { Live } from '../api/live.ts';
import { Badge } from '../parts/badge.tsx';
import { Foreign, PodLink } from '../parts/id.tsx';
import { Failure, useLoaded } from '../parts/loaded.tsx';
import { Tile } from '../parts/tile.tsx';
import { count, percent, timeOf } from '../words/figures.ts';

const EVERY_MS = 2_000;
const SHOWN_PODS = 24;

/** Which versions of the program run, and how far an update is. */
export function RolloutScreen({
  service,
  live,
}: {
  readonly service: string;
  readonly live: Live;
}): JSX.Element {
  const path = `services/${encodeURIComponent(service)}/rollout`;
  const { value, failure } = useLoaded<RolloutDetails>(path, Math.floor(live.storeTime / EVERY_MS));
  const rollout = value.value;
  if (!rollout)
    return failure.value === undefined ? <p class="card empty">Reading…</p> : <Failure of={failure} />;
  const { revisions, updating, startedAt, moved, movesPerUser } = rollout;
  const pods = revisions.reduce((sum, { pods: each }) => sum + each.length, 0);
  const users = revisions.reduce((sum, { users: each }) => sum + each, 0);
  const newest = revisions.find((each) => each.newest);
  return (
    <>
      <Failure of={failure} />
      <div class="tiles">
        <Tile name="Update" value={updating ? 'runs' : 'none'}>
          {startedAt === undefined
            ? 'no start in the journal'
            : `newest began ${timeOf(startedAt, live.storeTime)}`}
        </Tile>
        <Tile name="Pods of the newest" value={`${newest ? newest.pods.length : 0} / ${pods}`}>
          {counted(revisions.length, 'revision')}
        </Tile>
        <Tile name="Users on the newest" value={percent(users === 0 || !newest ? 0 : newest.users / users)}>
          {`${count(newest?.users ?? 0)} of ${count(users)}`}
        </Tile>
        <Tile name="Moves a user so far" value={movesPerUser === undefined ? '–' : movesPerUser.toFixed(2)}>
          {moved === undefined ? 'the journal does not know' : `${counted(moved, 'move')} in all`}
        </Tile>
      </div>
      {revisions.map((revision) => (
        <Revision
          key={revision.revision ?? ''}
          service={service}
          revision={revision}
          pods={pods}
          users={users}
        />
      ))}
      {revisions.length === 0 && <p class="card empty">No pod is alive.</p>}
    </>
  );
}

function Revision(props: {
  readonly service: string;
  readonly revision: RevisionDetails;
  readonly pods: number;
  readonly users: number;
}): JSX.Element {
  const { service, revision, pods, users } = props;
  const shown = revision.pods.slice(0, SHOWN_PODS);
  const rest = revision.pods.length - shown.length;
  return (
    <section class="card revision">
      <header>
        <h2>
          {revision.revision === undefined ? (
            'Pods that say no revision'
          ) : (
            <Foreign text={revision.revision} />
          )}
        </h2>
        {revision.newest && (
          <Badge tone="good" icon="rollout">
            newest
          </Badge>
        )}
      </header>
      <dl class="shares">
        <Share name="Pods" value={revision.pods.length} whole={pods} />
        <Share name="Users" value={revision.users} whole={users} />
      </dl>
      <p class="muted">{`Load ${figure(revision.load.mean)} on average, ${figure(revision.load.max)} at most`}</p>
      <ul class="pod-list">
        {shown.map((podId) => (
          <li key={podId}>
            <PodLink service={service} podId={podId} />
          </li>
        ))}
        {rest > 0 && <li class="muted">and {counted(rest, 'pod')} more</li>}
      </ul>
    </section>
  );
}

function Share(props: {
  readonly name: string;
  readonly value: number;
  readonly whole: number;
}): JSX.Element {
  const share = props.whole === 0 ? 0 : props.value / props.whole;
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        <span class="progress">
          <i style={{ transform: `scaleX(${share})` }} />
        </span>
        <b class="number">{count(props.value)}</b>
        <span class="muted number">{percent(share)}</span>
      </dd>
    </div>
  );
}
