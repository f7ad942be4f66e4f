/** What the versions of packets are called. */

/** As JSON has them: the number of NetFlow or IPFIX; sFlow is version 5 only, and 5 is NetFlow's. */
export type ToldVersion = number | 'sflow';

/** `v9`, `IPFIX`, `sFlow`. */
export function versionName(version: ToldVersion): string {
  if (version === 'sflow') return 'sFlow';
  return version === 10 ? 'IPFIX' : `v${version}`;
}

/** Orders versions by their numbers, sFlow last. */
export function byVersion(a: ToldVersion, b: ToldVersion): number {
  if (a === b) return 0;
  if (a === 'sflow') return 1;
  return b === 'sflow' ? -1 : a - b;
}
