/** What a template has of the packets that its records sample, and whether their headers are to be taken apart. */
import type { Template } from '../decode/template.ts';
import { LAYER, type Layer } from '../dissect/layers.ts';

/** ipPayloadPacketSection and mplsPayloadPacketSection. */
const [IP_PAYLOAD, MPLS_PAYLOAD] = [314, 317];

/** What a section begins with; what is below labels or carried by IP says so itself, or another field does. */
type First = Layer | 'below labels' | 'carried by IPv4';

/**
 * Elements with the beginning of a packet (IANA), what it begins with, and the element with what comes behind it; the
 * first that a template has is read.
 */
const SECTIONS: readonly { element: number; first: First; rest?: number }[] = [
  { element: 315, first: LAYER.ethernet }, // dataLinkFrameSection
  { element: 104, first: LAYER.ethernet }, // layer2packetSectionData
  { element: 313, first: LAYER.ip, rest: IP_PAYLOAD }, // ipHeaderPacketSection
  { element: 316, first: LAYER.mpls, rest: MPLS_PAYLOAD }, // mplsLabelStackSection
  { element: MPLS_PAYLOAD, first: 'below labels' },
  { element: IP_PAYLOAD, first: 'carried by IPv4' },
];

/** The length of the packet; the type of its frame; where in the packet the section begins. */
const [FRAME_SIZE, IP_TOTAL_LENGTH] = [312, 224];
const FRAME_TYPE = 408;
const OFFSETS = [409, 102];
/** How many bytes of a section of fixed length are the packet's. */
const EXPORTED = [410, 103];
/** Of the flow's headers: a device that tells one has taken the packet apart itself. */
const OWN_HEADERS = [4, 7, 8, 11, 12, 27, 28];
/** What an IPv4 packet carries is told by its protocol, unless it is a fragment that is not the first. */
const [PROTOCOL, FRAGMENT_OFFSET] = [4, 88];
const [IPV4_ADDRESSES, IPV6_ADDRESSES] = [
  [8, 12],
  [27, 28],
];
/** Ports, flags, and types of ICMP. */
const OWN_TRANSPORT = [6, 7, 11, 32, 139, 176, 177, 178, 179, 180, 181, 182, 183];
/** Juniper's properties of a packet: the first six bits say which, the rest is its value. */
export const JUNIPER = { pen: 2_636, element: 137 };

/** Places among a template's fields; -1 where there is none. */
export type SampledFields = {
  section: number;
  first: First;
  /** The protocol that the device tells, of what IPv4 carries. */
  protocol: number;
  fragmentOffset: number;
  /** Another section, with what comes behind. */
  rest: number;
  /** The packet's length. */
  size: number;
  frameType: number;
  offset: number;
  exported: number;
  properties: readonly number[];
};

const IS_SECTION = new Uint8Array(2 ** 16);
for (const { element } of SECTIONS) IS_SECTION[element] = 1;

/** Whether a template has a section of a packet, before more is looked at: asked for each data set. */
export function hasSection({ fields }: Template): boolean {
  for (const { pen, id } of fields) if (IS_SECTION[id] === 1 && pen === 0) return true;
  return false;
}

/** Finds them; undefined for a template whose records hold no packets to take apart. */
export function sampledFields({ fields, options }: Template): SampledFields | undefined {
  const find = (...elements: readonly number[]) =>
    fields.findIndex(({ pen, id }) => pen === 0 && elements.includes(id));
  const found = SECTIONS.map(({ element, first, rest }) => {
    return { section: find(element), first, rest: rest === undefined ? -1 : find(rest) };
  });
  const chosen = found.find(({ section }) => section >= 0);
  if (options || !chosen) return undefined;
  const isPayload = chosen.first === 'carried by IPv4';
  const protocol = isPayload ? find(PROTOCOL) : -1;
  // Behind IPv6 there may be extension headers, of which the protocol that is told is none.
  const isIpv4 = find(...IPV4_ADDRESSES) >= 0 && find(...IPV6_ADDRESSES) < 0;
  if (isPayload && (protocol < 0 || !isIpv4)) return undefined;
  if (find(...(isPayload ? OWN_TRANSPORT : OWN_HEADERS)) >= 0) return undefined;
  const properties = fields.flatMap(({ pen, id, length }, index) =>
    pen === JUNIPER.pen && id === JUNIPER.element && (length === 2 || length === 4) ? [index] : [],
  );
  return {
    ...chosen,
    protocol,
    fragmentOffset: isPayload ? find(FRAGMENT_OFFSET) : -1,
    size: chosen.first === LAYER.ethernet ? find(FRAME_SIZE) : find(IP_TOTAL_LENGTH),
    frameType: find(FRAME_TYPE),
    offset: find(...OFFSETS),
    exported: find(...EXPORTED),
    properties,
  };
}
