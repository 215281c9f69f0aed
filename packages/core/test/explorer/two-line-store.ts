/** A link, which is a claim if it has a token. `run` is absent if the claim was forced from outside. */
export interface StoredLink {
  readonly pod: number;
  readonly token: number | undefined;
  readonly run: number | undefined;
  readonly life: number;
}

/** All that the store has of one user: the link, and the last token with its owner. No owner means an ended claim. */
export interface Store {
  link: StoredLink | undefined;
  kept: number;
  owner: { readonly pod: number; readonly run: number | undefined } | undefined;
}

/** A write that a pod sends, or a part of one. */
export type Write =
  | {
      readonly does: 'claim';
      readonly pod: number;
      readonly run: number;
      readonly life: number;
      readonly how: 'plain' | 'raise' | 'onlyIfClaimed';
      readonly assertToken: number | undefined;
    }
  | { readonly does: 'remove'; readonly pod: number; readonly token: number }
  | { readonly does: 'refuse'; readonly pod: number }
  | { readonly does: 'move'; readonly pod: number; readonly token: number; readonly to: number };

/** The reply to a write. */
export type WriteReply =
  | { readonly is: 'linked'; readonly token: number }
  | { readonly is: 'refused' | 'fenced' | 'done' };

/** Makes a claim with a new token. */
export function forceClaim(store: Store, pod: number, run: number | undefined, life: number): number {
  store.kept += 1;
  store.link = { pod, token: store.kept, run, life };
  store.owner = { pod, run };
  return store.kept;
}

export function setTemporary(store: Store, pod: number): void {
  store.link = { pod, token: undefined, run: undefined, life: 0 };
}

/** Applies a write, atomically. */
export function write(store: Store, what: Write): WriteReply {
  const { link } = store;
  const isClaimOf = link !== undefined && link.token !== undefined && link.pod === what.pod;
  switch (what.does) {
    case 'claim':
      return claim(store, what);
    case 'remove':
      if (isClaimOf && link.token === what.token) {
        store.link = undefined;
        store.owner = undefined;
      }
      return { is: 'done' };
    case 'refuse':
      if (link?.pod === what.pod && link.token === undefined) store.link = undefined;
      return { is: 'done' };
    case 'move':
      break;
  }
  if (link?.pod === what.to) return { is: 'done' };
  if (!isClaimOf || link.token !== what.token) return { is: 'refused' };
  setTemporary(store, what.to);
  store.owner = undefined;
  return { is: 'done' };
}

function claim(store: Store, { pod, run, life, how, assertToken }: Write & { does: 'claim' }): WriteReply {
  const { link, owner, kept } = store;
  const isClaim = link?.token !== undefined;
  if (isClaim && link.pod !== pod) return { is: 'refused' };
  if (owner?.pod === pod && owner.run !== undefined && owner.run > run) return { is: 'fenced' };
  if (how === 'onlyIfClaimed' && !isClaim) return { is: 'refused' };
  if (assertToken !== undefined) {
    if (kept > assertToken || (kept === assertToken && !owner)) return { is: 'refused' };
    store.kept = assertToken;
    store.link = { pod, token: assertToken, run, life };
    store.owner = { pod, run };
    return { is: 'linked', token: assertToken };
  }
  const isSame = isClaim && link.run === run && link.life === life;
  if (isSame && how !== 'raise') return { is: 'linked', token: link.token };
  return { is: 'linked', token: forceClaim(store, pod, run, life) };
}
