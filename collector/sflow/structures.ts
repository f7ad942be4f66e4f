/**
 * What stands beside a sampled packet, as sFlow.org's specifications define it in XDR (RFC 4506): the items of each
 * structure, in their order, and the field that each becomes.
 */
import { type Field, VARIABLE_LENGTH } from '../decode/template.ts';
import { iana, own } from './elements.ts';

/** Kinds of items. A `word` is a number of 32 bits of which the field has fewer; one that it can't hold is 0 there. */
export const ITEM = {
  skipped: 0,
  word: 1,
  /** A number of 64 bits. */
  wide: 2,
  /** Six bytes, which XDR fills up to eight; not in a structure of `minLength`. */
  mac: 3,
  text: 4,
  /** Its type, and 4 or 16 bytes; none for other types. */
  address: 5,
  /** Segments of a path, each a type and its AS numbers: lists of all, and of those in sets. */
  asPath: 6,
  /** A list of texts. */
  communities: 7,
  /** Entries of a label stack (RFC 3032), the top first: a list of labels. */
  labels: 8,
  /** TPID and TCI of tags, the outermost first: a list of VLANs. */
  tags: 9,
  /** A `word` that is no field where it is all ones: then it is not known. */
  optional: 10,
} as const;

export type Item = {
  kind: (typeof ITEM)[keyof typeof ITEM];
  /** What it becomes; of two families, IPv4 and IPv6, by the address of the structure. */
  fields: readonly Field[];
  fieldsOfIpv6: readonly Field[];
};

export type Structure = {
  /** One that counts for all: of several in a sample, the first is read. */
  formats: readonly number[];
  items: readonly Item[];
  /** Bytes of the shortest. */
  minLength: number;
  /** How many items, from the first on, are in some records no fields, or others: addresses and what is optional. */
  varying: number;
};

/** Bytes of the shortest item, by its kind. */
const MIN_LENGTHS: readonly number[] = [4, 4, 8, 6, 4, 4, 4, 4, 4, 4, 4];

function item(kind: Item['kind'], fields: readonly Field[] = [], fieldsOfIpv6 = fields): Item {
  return { kind, fields, fieldsOfIpv6 };
}
const skipped = item(ITEM.skipped);
const word = (field: Field, ofIpv6 = field): Item => item(ITEM.word, [field], [ofIpv6]);
const number = (name: Parameters<typeof own>[0], length = 4): Item => word(own(name, length));
const optional = (field: Field): Item => item(ITEM.optional, [field]);
const text = (field: Field): Item => item(ITEM.text, [field]);
const address = (ipv4: number, ipv6: number): Item => item(ITEM.address, [iana(ipv4, 4)], [iana(ipv6, 16)]);
const labels = (name: Parameters<typeof own>[0]): Item => item(ITEM.labels, [own(name)]);
const mac = (field: Field): Item => item(ITEM.mac, [field]);

const tunnelMacs = [skipped, mac(own('tunnelSourceMac', 6)), mac(own('tunnelDestinationMac', 6)), skipped];
const ssid = [text(iana(147, VARIABLE_LENGTH)), mac(own('wlanBssid', 6)), number('wlanVersion', 1)];
const channel = word(iana(146, 1));
const speed = item(ITEM.wide, [own('wlanSpeed', 8)]);

// biome-ignore format: a line each, as the specifications have them
const TABLE: readonly [formats: readonly number[], items: readonly Item[]][] = [
  // sFlow Version 5, §5
  [[1001], [iana(58, 2), iana(244, 1), iana(59, 2), own('egressPriority', 1)].map(optional)],
  [[1002], [address(15, 62), word(iana(9, 1), iana(29, 1)), word(iana(13, 1), iana(30, 1))]],
  [[1003], [
    address(18, 63), number('routerAsNumber'), word(iana(16, 4)), word(iana(129, 4)),
    item(ITEM.asPath, [iana(128, 4), iana(17, 4), own('destinationAsPath'), own('destinationAsSet')]),
    item(ITEM.communities, [own('communities')]), number('localPreference'),
  ]],
  [[1004], [skipped, text(iana(371, VARIABLE_LENGTH)), skipped, text(own('destinationUserName'))]],
  [[1005], [skipped, text(iana(461, VARIABLE_LENGTH)), text(iana(460, VARIABLE_LENGTH))]],
  [[1006], [address(47, 140), labels('mplsIngressLabels'), labels('mplsEgressLabels')]],
  [[1007], [address(225, 281), address(226, 282)]],
  [[1008], [text(own('mplsTunnelName')), number('mplsTunnelId'), number('mplsTunnelCos')]],
  [[1009], [text(own('mplsVcName')), number('mplsVcId'), number('mplsVcCos')]],
  [[1010], [text(own('mplsFtnDescription')), number('mplsFtnMask')]],
  [[1011], [word(iana(91, 1))]],
  [[1012], [item(ITEM.tags, [own('vlanTunnel')])]],
  // sFlow 802.11 Structures
  [[1014], [...ssid, channel, speed, number('wlanRsni'), number('wlanRcpi'), number('wlanPacketDuration')]],
  [[1015], [
    ...ssid, number('wlanTransmissions'), number('wlanPacketDuration'), number('wlanRetransmissionDuration'),
    channel, speed, number('wlanPower'),
  ]],
  // sFlow Port NAT Structure
  [[1020], [word(iana(227, 2)), word(iana(228, 2))]],
  // sFlow Tunnel Structures: of egress and ingress
  [[1021, 1022], tunnelMacs],
  [[1029, 1030], [number('vni')]],
  // sFlow Dropped Packet Notification Structures
  [[1036], [number('egressQueue')]],
  [[1037], [number('aclNumber'), text(own('aclName')), number('aclDirection', 1)]],
  [[1038], [text(own('function'))]],
  // sFlow Transit Delay Structures
  [[1039], [number('transitDelay')]],
  [[1040], [number('queueDepth')]],
  // Host sFlow
  [[1041], [text(own('hardwareTrapGroup')), text(own('hardwareTrap'))]],
  [[1042], [text(own('linuxDropReason'))]],
];

/** Fewer than 32: which a sample has are bits of a number. */
export const STRUCTURES: readonly Structure[] = TABLE.map(([formats, items]) => ({
  formats,
  items,
  minLength: items.reduce((sum, { kind }) => sum + MIN_LENGTHS[kind], 0),
  varying: items.filter(({ kind }) => kind === ITEM.address || kind === ITEM.optional).length,
}));

/** What the sampled packet itself is told by: beside the structures above. */
export const HEADER = { raw: 1, ethernet: 2, ipv4: 3, ipv6: 4 } as const;
/** Outer headers of IP: of IPv4 at egress and ingress, then the same of IPv6 (sFlow Tunnel Structures). */
export const [FIRST_TUNNEL, FIRST_TUNNEL_IPV6, LAST_TUNNEL] = [1023, 1025, 1026];

const MAX_FORMAT = 1_042;
const SLOTS = new Int8Array(MAX_FORMAT + 1).fill(-1);
const SHORTEST = new Uint8Array(MAX_FORMAT + 1);
for (const [slot, { formats, minLength }] of STRUCTURES.entries())
  for (const format of formats) {
    SLOTS[format] = slot;
    SHORTEST[format] = minLength;
  }
SHORTEST[HEADER.raw] = 16;
SHORTEST[HEADER.ethernet] = 20;
for (const format of [HEADER.ipv4, 1023, 1024]) SHORTEST[format] = 32;
for (const format of [HEADER.ipv6, 1025, 1026]) SHORTEST[format] = 56;

/** Place of a format among the structures; -1 where there is none. */
export function slotOf(format: number): number {
  return format <= MAX_FORMAT ? SLOTS[format] : -1;
}

/** Bytes of the shortest record of a format; 0 where it is not known. */
export function minLengthOf(format: number): number {
  return format <= MAX_FORMAT ? SHORTEST[format] : 0;
}
