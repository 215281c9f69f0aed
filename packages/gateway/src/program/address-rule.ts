import { BlockList, isIP } from 'node:net';

/** Whether an address is one of those that were named. */
export type AddressRule = (address: string) => boolean;

/** Reads a list of networks and host names; `*.` stands for one label or more. Undefined if it is no such list. */
export function addressRule(given: unknown): AddressRule | undefined {
  if (!Array.isArray(given) || given.length === 0) return undefined;
  const networks = new BlockList();
  const hosts: string[] = [];
  for (const entry of given as unknown[]) {
    if (typeof entry !== 'string' || !addEntry(entry.toLowerCase(), networks, hosts)) return undefined;
  }
  return (address) => {
    const host = hostOf(address)?.toLowerCase();
    if (host === undefined) return false;
    const family = isIP(host);
    if (family !== 0) return networks.check(host, family === 6 ? 'ipv6' : 'ipv4');
    return hosts.some((allowed) =>
      allowed.startsWith('*.')
        ? host.endsWith(allowed.slice(1)) && host.length >= allowed.length
        : host === allowed,
    );
  };
}

function addEntry(entry: string, networks: BlockList, hosts: string[]): boolean {
  const [network = '', prefix] = entry.split('/');
  const family = isIP(network);
  if (family === 0) {
    hosts.push(entry);
    return /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(entry) && !/^[\d.]+$/.test(entry);
  }
  const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
  if (!/^\d{1,3}$/.test(prefix ?? '0') || bits > (family === 6 ? 128 : 32)) return false;
  networks.addSubnet(network, bits, family === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** An address is `host:port`, a URL, or of a peer: an IP address alone. */
function hostOf(address: string): string | undefined {
  if (isIP(address) !== 0) return address;
  const url = address.includes('://') ? address : `http://${address}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : undefined;
}
