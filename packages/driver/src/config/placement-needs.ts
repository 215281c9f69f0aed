import type { PlacementFunction, PlacementNeeds, PodMetadata } from '@stateful-route/core';
import { checkMetadata, optionFaults, type OptionRules, placementFault } from '@stateful-route/core/adapter';

const rules: OptionRules<PlacementNeeds> = {
  labels: (value) => {
    checkMetadata(value);
  },
};

const faultsIn = optionFaults(rules);

/** The labels that a user needs; `undefined` if any pod will do. Throws `INVALID_CONFIG` if the function fails. */
export function labelsOf(placement: PlacementFunction, uid: string): PodMetadata | undefined {
  let needs: PlacementNeeds | undefined;
  try {
    needs = placement(uid);
  } catch (error) {
    throw placementFault('placement', `threw for ${uid}`, error);
  }
  if (needs === undefined) return undefined;
  const [fault] = faultsIn(needs, 'placement') ?? [];
  if (fault)
    throw placementFault('placement', `returned for ${uid} what is refused: ${fault.name} ${fault.problem}`);
  const { labels } = needs;
  return labels && Object.keys(labels).length > 0 ? labels : undefined;
}
