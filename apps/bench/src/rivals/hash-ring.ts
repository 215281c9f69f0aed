import HashRing from 'hashring';
import type { PodChooser } from './pod-chooser.ts';

/** The package hashring with its defaults: ketama, with a cache of 5,000 users. */
export function hashRing(pods: number): PodChooser {
  let size = pods;
  const ring = new HashRing(names(0, pods));
  return {
    select: (uid) => ring.get(uid),
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
