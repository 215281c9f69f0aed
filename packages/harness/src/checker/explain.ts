import type { LinkRead, LinkSeen, LinkWrite, Requirement } from '../history/events.ts';

/** An observation of a user's link at some time of an interval. */
export interface LinkObservation {
  readonly start: number;
  readonly end: number;
  /** Whether this link explains the observation. With `mayHaveEnded` its time to live may be over. */
  readonly fits: (link: LinkSeen | undefined, mayHaveEnded: boolean) => boolean;
  /** The write whose condition observed it. A write does not explain itself. */
  readonly write?: LinkWrite | undefined;
  readonly what: string;
}

/** The events of one user. */
export interface UserEvents {
  readonly writes: readonly LinkWrite[];
  readonly reads: readonly LinkRead[];
}

/** Whether a write explains an observation, only a write past its deadline does, or none. */
export type Explanation = 'explained' | 'past its deadline' | 'lost';

/** All observations of a link: reads, and conditional writes that succeeded. */
export function observationsOf({ writes, reads }: UserEvents): LinkObservation[] {
  const read = reads.map((event): LinkObservation => ({
    start: event.start,
    end: event.end,
    fits: (link, mayHaveEnded) => isSame(event.link, link) || (mayHaveEnded && event.link === undefined),
    what: `read ${textOf(event.link)}`,
  }));
  const conditional = writes
    .filter(({ outcome, requires }) => outcome === 'acknowledged' && requires !== undefined)
    .map((write): LinkObservation => ({
      start: write.start,
      end: write.end,
      fits: (link, mayHaveEnded) =>
        meets(write.requires!, link) || (mayHaveEnded && meets(write.requires!, undefined)),
      write,
      what: `set ${textOf(write.makes)} against its condition`,
    }));
  return [...read, ...conditional];
}

/** Explains an observation by the writes of its user. */
export function explain(observation: LinkObservation, { writes, reads }: UserEvents): Explanation {
  const before = writes.filter((write) => write !== observation.write && write.start < observation.end);
  // The acknowledged write that began last has overwritten every write that ended before it.
  const last = before
    .filter(({ outcome, end }) => outcome === 'acknowledged' && end <= observation.start)
    .reduce<LinkWrite | undefined>(
      (latest, write) => (latest && latest.start >= write.start ? latest : write),
      undefined,
    );
  const isOverwritten = (write: LinkWrite): boolean =>
    last !== undefined && last !== write && last.start >= write.end;
  const explains = (write: LinkWrite): boolean => {
    const mayHaveEnded = write.ttlMs !== undefined && observation.end >= write.start + write.ttlMs;
    return observation.fits(write.makes, mayHaveEnded);
  };
  // A write that a read after its deadline did not find has not acted, and must never act.
  const isVoid = (write: LinkWrite): boolean =>
    write.outcome === 'none' ||
    (write.outcome === 'unknown' &&
      reads.some(
        (read) => read.start >= write.end && read.end <= observation.start && !isSame(read.link, write.makes),
      ));
  const candidates = before.filter((write) => !isOverwritten(write));
  if (candidates.some((write) => !isVoid(write) && explains(write))) return 'explained';
  if (last === undefined && observation.fits(undefined, false)) return 'explained';
  // A write past its deadline may also have overwritten a later acknowledged one.
  return before.some((write) => write.outcome !== 'acknowledged' && explains(write))
    ? 'past its deadline'
    : 'lost';
}

/** Whether two descriptions may be of the same link. Fields that one of them lacks are not compared. */
function isSame(seen: LinkSeen | undefined, made: LinkSeen | undefined): boolean {
  if (seen === undefined || made === undefined) return seen === made;
  return (['podId', 'permanent', 'token'] as const).every(
    (field) => seen[field] === undefined || made[field] === undefined || seen[field] === made[field],
  );
}

function meets(requirement: Requirement, link: LinkSeen | undefined): boolean {
  if (requirement.type === 'absent') return link === undefined;
  if (requirement.type === 'link') {
    return isSame({ podId: requirement.podId, token: requirement.token }, link);
  }
  const isOthers = link?.permanent === true && link.podId !== undefined && link.podId !== requirement.podId;
  return !isOthers;
}

/** A link, for messages. */
function textOf(link: LinkSeen | undefined): string {
  if (!link) return 'no link';
  const kind = link.permanent === undefined ? 'link' : link.permanent ? 'claim' : 'temporary link';
  return `${kind} of pod ${link.podId ?? '?'}${link.token === undefined ? '' : ` (token ${link.token})`}`;
}
