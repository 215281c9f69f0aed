import { BlockList, isIP } from 'node:net';

/** Where a listener is, or a server. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;

/** Reads `HOST:PORT`; an IPv6 address is in brackets. Undefined if it is none. */
export function parseAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  const host = bracketed ?? plain;
  return host === undefined || port > PORT_MAX ? undefined : { host, port };
}

/** `HOST:PORT` of a listener. */
export const formatAddress = ({ host, port }: ListenAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine can reach a host. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
