import type { RedisCluster } from './redis-client.ts';

/** CRC16 of each byte, by the polynomial of XMODEM. */
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80_00 ? (crc << 1) ^ 0x10_21 : crc << 1;
  return crc;
});

/** Longer than any tag of a key that `keys.ts` builds: a namespace and a uid. */
const tagBytes = Buffer.alloc(4_096);

/** The slot of a key: CRC16 of what stands in its first braces. Computed for each call, hence not by a command of ioredis. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open === -1 ? -1 : key.indexOf('}', open);
  const length = tagBytes.write(close > open + 1 ? key.slice(open + 1, close) : key);
  let crc = 0;
  for (let at = 0; at < length; at++) crc = CRC16[(crc >> 8) ^ tagBytes[at]!]! ^ ((crc << 8) & 0xff_ff);
  return crc & 0x3f_ff;
}

/** The address of the master that has a key, as the client knows it; empty if it knows none. */
export function masterOf(cluster: RedisCluster, key: string): string {
  return cluster.slots[slotOf(key)]?.[0] ?? '';
}
