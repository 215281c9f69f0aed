import type { FilterName } from '../../domain/pod-filter.ts';
import { routeError } from '../../domain/route-error.ts';
import type { PodMetadata, StatefulServiceState } from '../../domain/stateful-service-state.ts';
import type { SelectionContext } from './selection-strategy.ts';

/** What a user needs of a pod. */
export interface PlacementNeeds {
  /** Labels that the pod's metadata must have, each with this value. */
  readonly labels?: PodMetadata | undefined;
}

/**
 * What a user needs, as a function of the uid alone, without side effects. Pods and callers must be given the same one: a draining
 * pod, and a caller that takes a user over, must choose as the first caller did.
 */
export type PlacementFunction = (uid: string) => PlacementNeeds | undefined;

/** The context of a placement: what filters and strategies know of the user and the caller. */
export interface PlacementContext extends SelectionContext {
  /** What the user needs. */
  readonly labels?: PodMetadata | undefined;
  /** The caller's zone. */
  readonly zone?: string | undefined;
  /** The pod that the user is pinned to. */
  readonly pin?: number | undefined;
  /** The newest revision, while an update runs. */
  readonly newest?: string | undefined;
}

/** Whether a filter is required, or preferred while enough pods are left. */
export interface FilterTerms {
  /** A pod that a required filter refuses is never picked. Otherwise the filter is preferred. */
  readonly required?: boolean | undefined;
  /** A preferred filter counts only while it leaves at least this many pods that the cap allows. Default 2. */
  readonly minCandidates?: number | undefined;
}

/** A filter of the application's own. */
export interface PlacementFilter extends FilterTerms {
  /** Whether the pod is accepted. Synchronous and without side effects: it is called for each pod at each placement. */
  accepts(pod: StatefulServiceState, context: PlacementContext): boolean;
}

/**
 * Filters by name: the terms of a built-in one, `false` for none, or a filter of the application's own under a name of its
 * own. Built-in filters that are not named keep their defaults.
 */
export type FilterSettings = Readonly<Record<string, boolean | FilterTerms | PlacementFilter | undefined>>;

/** A filter as it is applied. */
export interface AppliedFilter extends Required<FilterTerms> {
  readonly name: string;
  readonly required: boolean;
  readonly minCandidates: number;
  /** It is applied only to a placement whose context has this. */
  readonly needs?: 'labels' | 'zone' | 'pin' | 'newest' | undefined;
  /** What it wants of a pod, for people. */
  readonly wants?: ((context: PlacementContext) => string) | undefined;
  readonly accepts: (pod: StatefulServiceState, context: PlacementContext) => boolean;
}

const MIN_CANDIDATES = 2;

const builtIn: readonly (AppliedFilter & { readonly name: FilterName })[] = [
  {
    name: 'labels',
    required: true,
    minCandidates: MIN_CANDIDATES,
    needs: 'labels',
    wants: ({ labels = {} }) =>
      Object.entries(labels)
        .map(([label, value]) => `${label}=${value}`)
        .join(', '),
    accepts: ({ metadata }, { labels = {} }) => {
      for (const label in labels) if (metadata[label] !== labels[label]) return false;
      return true;
    },
  },
  {
    name: 'zone',
    required: false,
    minCandidates: MIN_CANDIDATES,
    needs: 'zone',
    wants: ({ zone }) => String(zone),
    accepts: ({ metadata }, { zone }) => metadata['zone'] === zone,
  },
  {
    name: 'pinned',
    required: true,
    minCandidates: 1,
    needs: 'pin',
    wants: ({ pin }) => `pod ${pin}`,
    accepts: ({ podId }, { pin }) => podId === pin,
  },
  {
    name: 'newestRevision',
    required: false,
    minCandidates: 1,
    needs: 'newest',
    wants: ({ newest }) => String(newest),
    accepts: ({ revision }, { newest }) => revision === newest,
  },
];

/** The names of the built-in filters, in their order. */
export const FILTER_NAMES: readonly FilterName[] = builtIn.map(({ name }) => name);

/** The filters of checked settings, in order: the built-in ones, then the application's own as they are named. */
export function filtersOf(settings: FilterSettings = {}): readonly AppliedFilter[] {
  const filters: AppliedFilter[] = [];
  for (const filter of builtIn) {
    const terms = settings[filter.name];
    if (terms === false) continue;
    const { required = filter.required, minCandidates = filter.minCandidates } =
      typeof terms === 'object' ? terms : {};
    filters.push({ ...filter, required, minCandidates });
  }
  for (const [name, filter] of Object.entries(settings)) {
    if (typeof filter === 'object' && 'accepts' in filter) filters.push(ownFilter(name, filter));
  }
  return filters;
}

/** A filter that throws, or returns anything else than a boolean, picks nothing: its user is not misplaced. */
function ownFilter(name: string, filter: PlacementFilter): AppliedFilter {
  const { required = false, minCandidates = MIN_CANDIDATES } = filter;
  const accepts = (pod: StatefulServiceState, context: PlacementContext): boolean => {
    let accepted: unknown;
    try {
      accepted = filter.accepts(pod, context);
    } catch (error) {
      throw placementFault(`filters.${name}`, `threw for pod ${pod.podId}`, error);
    }
    if (typeof accepted === 'boolean') return accepted;
    throw placementFault(`filters.${name}`, 'must return true or false');
  };
  return { name, required, minCandidates, accepts };
}

/** The error of an option that a placement needed, and that failed. Nothing was placed. */
export function placementFault(name: string, problem: string, cause?: unknown): Error {
  const message = `Nobody can be placed: ${name} ${problem}. Mend the function that the route was given.`;
  const init = cause === undefined ? {} : { cause };
  return routeError('INVALID_CONFIG', message, { faults: [{ name, problem }] }, init);
}
