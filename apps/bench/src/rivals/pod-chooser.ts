/** Computes a user's pod, and stores nothing about users. */
export interface PodChooser {
  /** The name of the user's pod. */
  readonly select: (uid: string) => string;
  /** Changes the number of pods: new ones join, or the last ones leave. */
  readonly setPods: (count: number) => void;
}
