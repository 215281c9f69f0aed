/** Where a pod listens. */
export interface PodEndpoint {
  readonly hostname: string;
  readonly port: number;
  readonly origin: string;
}

/** An address of the directory: a host and a port, or a URL of `http:`; `undefined` if it is neither. */
export function endpointOf(address: string): PodEndpoint | undefined {
  const text = address.includes('://') ? address : `http://${address}`;
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, origin, pathname, search, username, password } = new URL(text);
  const isBare = pathname === '/' && search === '' && username === '' && password === '';
  if (protocol !== 'http:' || hostname === '' || !isBare) return undefined;
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 80 : Number(port),
    origin,
  };
}
