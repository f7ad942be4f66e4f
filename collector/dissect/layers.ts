/** What a frame's headers are: which, and where each begins. Filled again and again, so that nothing is allocated. */

/** Headers that are told apart. */
export const LAYER = {
  /** What the last header carries; nothing follows. */
  payload: 0,
  ethernet: 1,
  /** A tag of 802.1Q or 802.1ad, from its TCI on. */
  vlan: 2,
  /** A stack of labels (RFC 3032), from its top on. */
  mpls: 3,
  pppoe: 4,
  /** IPv4 or IPv6, as the packet's first four bits say. */
  ip: 5,
  ipv4: 6,
  ipv6: 7,
  gre: 8,
  vxlan: 9,
  geneve: 10,
  tcp: 11,
  udp: 12,
  /** Of another transport that begins with both ports: SCTP, DCCP, UDP-Lite. */
  ports: 13,
  icmp: 14,
  icmpv6: 15,
  /** LLC (IEEE 802.2), which stands behind a length where other frames have a type, and SNAP (RFC 1042). */
  llc: 16,
  /** The tag of a provider's backbone (IEEE 802.1ah), before the frame of a customer. */
  backboneTag: 17,
  etherip: 18,
  gtp: 19,
  /** VXLAN that tells what it carries; its header becomes one of `vxlan`. */
  vxlanGpe: 20,
} as const;

export type Layer = (typeof LAYER)[keyof typeof LAYER];

/** Why no further header was read. `whole`: the last one carries data. */
export type Stop = 'whole' | 'cut off' | 'fragment' | 'unknown protocol' | 'malformed' | 'too many headers';

/** Headers that are read of a frame: of a flow in three tunnels, with tags and labels in each, there are fewer. */
export const MAX_LAYERS = 24;

export class Layers {
  count = 0;
  /** Of each header what it is, where it begins, and where the bytes end that it may be part of. */
  readonly kinds = new Uint8Array(MAX_LAYERS);
  readonly starts = new Int32Array(MAX_LAYERS);
  readonly ends = new Int32Array(MAX_LAYERS);
  /** Of each header where it ends: of IPv6 the one of fixed length. */
  readonly bodies = new Int32Array(MAX_LAYERS);
  /** Of IP, what it carries behind its extension headers (IANA's protocol numbers). */
  readonly protocols = new Uint8Array(MAX_LAYERS);
  /** Of IPv6, whether it has a segment routing header (RFC 8754): 1 if so. */
  readonly segments = new Uint8Array(MAX_LAYERS);
  /** The outermost header of IP that a fragment has; -1 where there is none. */
  fragment = -1;
  /** Of that header, where the fragment's data begin. */
  fragmentData = 0;
  stop: Stop = 'whole';
  /** Where the next header, or at last the data, begin; and where they end by all headers before. */
  at = 0;
  end = 0;

  begin(at: number, end: number): void {
    this.count = 0;
    this.fragment = -1;
    this.stop = 'whole';
    this.at = at;
    this.end = end;
  }

  /** Adds the header at `at`, which is so long. */
  add(kind: Layer, length: number): void {
    this.kinds[this.count] = kind;
    this.starts[this.count] = this.at;
    this.ends[this.count] = this.end;
    this.protocols[this.count] = 0;
    this.segments[this.count] = 0;
    this.at += length;
    this.bodies[this.count++] = this.at;
  }

  /** Forgets all but the first header: what it carries begins at `at`, somewhere else than behind it. */
  resume(at: number, end: number): void {
    this.count = 1;
    this.fragment = Math.min(this.fragment, 0);
    this.stop = 'whole';
    this.at = at;
    this.end = end;
  }

  /** Ends here. */
  stopped(why: Stop): Layer {
    this.stop = why;
    return LAYER.payload;
  }

  /** The last header that is one of these two kinds; -1 when there is none. */
  lastOf(kind: Layer, other: Layer = kind): number {
    for (let index = this.count - 1; index >= 0; index--)
      if (this.kinds[index] === kind || this.kinds[index] === other) return index;
    return -1;
  }
}
