import type { LinkRead, LinkSeen, LinkWrite, Requirement } from '../history/events.ts';

/** What one user's link was seen to be, at some moment of an interval. */
export interface Sight {
  readonly start: number;
  readonly end: number;
  /** Whether a link like this one, which may live so long at the least, explains what was seen. */
  readonly fits: (link: LinkSeen | undefined, mayHaveEnded: boolean) => boolean;
  /** The write that saw it, which does not explain itself. */
  readonly write?: LinkWrite | undefined;
  readonly what: string;
}

/** The events of one user. */
export interface UserEvents {
  readonly writes: readonly LinkWrite[];
  readonly reads: readonly LinkRead[];
}

/** How a sight can be explained: by a write, only by one that should not have acted any more, or not at all. */
export type Explanation = 'explained' | 'past its deadline' | 'lost';

/** Everything that was seen of a link: reads, and what conditional writes found. */
export function sightsOf({ writes, reads }: UserEvents): Sight[] {
  const read = reads.map((event): Sight => ({
    start: event.start,
    end: event.end,
    fits: (link, mayHaveEnded) => isSame(event.link, link) || (mayHaveEnded && event.link === undefined),
    what: `read ${spelled(event.link)}`,
  }));
  const conditional = writes
    .filter(({ outcome, requires }) => outcome === 'acknowledged' && requires !== undefined)
    .map((write): Sight => ({
      start: write.start,
      end: write.end,
      fits: (link, mayHaveEnded) =>
        meets(write.requires!, link) || (mayHaveEnded && meets(write.requires!, undefined)),
      write,
      what: `set ${spelled(write.makes)} although it must not`,
    }));
  return [...read, ...conditional];
}

/** Explains one sight by the writes of its user. */
export function explain(sight: Sight, { writes, reads }: UserEvents): Explanation {
  const before = writes.filter((write) => write !== sight.write && write.start < sight.end);
  // Of those acknowledged before, the one that began last: whatever ended before that, it has overwritten.
  const last = before
    .filter(({ outcome, end }) => outcome === 'acknowledged' && end <= sight.start)
    .reduce<LinkWrite | undefined>(
      (latest, write) => (latest && latest.start >= write.start ? latest : write),
      undefined,
    );
  const isOverwritten = (write: LinkWrite): boolean =>
    last !== undefined && last !== write && last.start >= write.end;
  const explains = (write: LinkWrite): boolean => {
    const mayHaveEnded = write.ttlMs !== undefined && sight.end >= write.start + write.ttlMs;
    return sight.fits(write.makes, mayHaveEnded);
  };
  // Once a read after its deadline did not find it, it has not acted, and never may.
  const isDead = (write: LinkWrite): boolean =>
    write.outcome === 'none' ||
    (write.outcome === 'unknown' &&
      reads.some(
        (read) => read.start >= write.end && read.end <= sight.start && !isSame(read.link, write.makes),
      ));
  const standing = before.filter((write) => !isOverwritten(write));
  if (standing.some((write) => !isDead(write) && explains(write))) return 'explained';
  if (last === undefined && sight.fits(undefined, false)) return 'explained';
  // One whose deadline had passed may act over what was acknowledged later, too.
  return before.some((write) => write.outcome !== 'acknowledged' && explains(write))
    ? 'past its deadline'
    : 'lost';
}

/** Whether two accounts of a link can be of the same one; what one of them does not say is not compared. */
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

/** A link in a message. */
function spelled(link: LinkSeen | undefined): string {
  if (!link) return 'no link';
  const kind = link.permanent === undefined ? 'link' : link.permanent ? 'claim' : 'temporary link';
  return `${kind} of pod ${link.podId ?? '?'}${link.token === undefined ? '' : ` (token ${link.token})`}`;
}
