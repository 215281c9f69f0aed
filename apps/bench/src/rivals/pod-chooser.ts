/** Something that computes a pod, and remembers no user. */
export interface PodChooser {
  /** The pod for a user, by whatever name the pods have. */
  readonly select: (uid: string) => string;
  /** From now on there are so many pods: one has joined, or the last one has left. */
  readonly setPods: (count: number) => void;
}
