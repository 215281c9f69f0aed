import HashRing from 'hashring';

/** A ring of hashes with its defaults, of pods that are told by their names. */
export interface Ring {
  /** The pod for a user. */
  get(uid: string): string;
  /** From now on there are so many pods: one has joined, or the last one has left. */
  readonly setPods: (count: number) => void;
}

/** The ring of the package hashring: ketama, with a memory of 5,000 users. */
export function hashRing(pods: number): Ring {
  let size = pods;
  const ring = new HashRing(names(0, pods));
  return {
    get: (uid) => ring.get(uid),
    setPods: (count) => {
      if (count > size) ring.add(names(size, count));
      for (const name of names(count, size)) ring.remove(name);
      size = count;
    },
  };
}

function names(from: number, to: number): string[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => `10.0.0.${from + at}:8080`);
}
