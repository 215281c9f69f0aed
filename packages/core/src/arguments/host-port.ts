/** Where a server is. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const HOST_PORT = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/;
const PORT_MAX = 65_535;

/** Reads `HOST:PORT`; an IPv6 address is in brackets. `undefined` if it is none. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, plain, digits] = HOST_PORT.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > PORT_MAX) return undefined;
  if (bracketed !== undefined && !URL.canParse(`http://[${bracketed}]`)) return undefined;
  return { host, port };
}

/** Writes `HOST:PORT`, an IPv6 address in brackets. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
