/** What a pod is to do: publish itself, and answer every request. */
export interface PodOrder {
  readonly url: string;
  readonly namespace: string;
}

/** What a proxy is to do: forward every request to the one pod. */
export interface ProxyOrder extends PodOrder {
  readonly kind: 'gateway' | 'bare';
  readonly podAddress: string;
}

/** Asks a proxy how much of the processor it has used. */
export interface CpuQuestion {
  readonly asks: 'cpu';
}

/** What both report. */
export type ProxyReport =
  | { readonly type: 'listens'; readonly address: string }
  | { readonly type: 'cpu'; readonly microseconds: number };
