import { computed, signal } from '@preact/signals';
import { hrefOf, parseHash, type Route } from './route.ts';

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

/** Where the address says that the reader is. */
export const place = computed(() => parseHash(hash.value));

/** Goes to a screen; the way back leads to the one before. */
export function goTo(service: string, route: Route): void {
  location.hash = hrefOf(service, route);
}
