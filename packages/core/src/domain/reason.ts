/** How a user came to a pod. */
export type ReasonWord =
  /** A caller had no link for the user, and picked the pod. */
  | 'placed'
  /** The pod claimed the user, whose link did not name it, or was of the older sides. */
  | 'claimed'
  /** A caller replaced a temporary link to a pod that took no new users, or could not be reached. */
  | 'relinked'
  /** A caller replaced the claim of a pod whose lease was over. */
  | 'taken-over'
  /** The pod before handed the user over, in a drain or by `handOff`. */
  | 'handed-over'
  /** The pod before obeyed an order to move the user, or to shed users. */
  | 'moved'
  /** The link was set whatever it was before. */
  | 'forced'
  /** The store had lost the claim and its record, and the pod that held the user wrote them again. */
  | 'restored';

/** Every word for how a user came to a pod. */
export const REASON_WORDS: readonly ReasonWord[] = [
  'placed',
  'claimed',
  'relinked',
  'taken-over',
  'handed-over',
  'moved',
  'forced',
  'restored',
];

/** The words for a link that replaces another one. */
export const REPLACE_REASONS: readonly ReasonWord[] = ['relinked', 'taken-over', 'handed-over', 'moved'];

/**
 * Why a user is linked to a pod. It is written in the same step as the link. It stays while the link names the pod: a claim has
 * the reason of the temporary link that it replaces, and a pod that claims its user again keeps the reason.
 */
export interface Reason {
  readonly why: ReasonWord;
  /** The person or program that asked for it by name. */
  readonly by?: string | undefined;
  /**
   * The store's time at which the user came to the pod: of the pod's first claim, or of the change of the temporary link. Absent
   * for a temporary link that was placed.
   */
  readonly at?: number | undefined;
}
