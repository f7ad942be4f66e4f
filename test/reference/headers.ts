/**
 * The headers of a record: which of them is the flow's, what is of others, and the station of a wireless controller.
 */
import { protocolKeyword } from '../../collector/decode/elements/elements.ts';
import type { Attributes, AttributeValue } from '../otlp/decode.ts';
import { address, type Entry, find, isSound, isZero, unsigned } from './record.ts';

type Header = { family: 4 | 6; source: Entry; destination: Entry; position: number };

const ADDRESSES = [
  { family: 4, source: 8, destination: 12, own: [9, 13] },
  { family: 6, source: 27, destination: 28, own: [29, 30, 31] },
] as const;
const REPEATED = [4, 5, 6, 7, 11, 32, 139, 176, 177, 178, 179, 180, 181, 182, 183, 192, 195];
/** Headers that are told apart: the innermost. */
const MAX_HEADERS = 4;

/** Sets aside what is not of the flow's header. Returns the attributes of the headers around it, if there are any. */
export function readHeaders(entries: Entry[]): Attributes {
  const all = (id: number) => entries.filter((entry) => entry.pen === 0 && entry.id === id && isSound(entry));
  const headers = ADDRESSES.flatMap(({ family, source, destination }): Header[] => {
    const destinations = all(destination);
    return all(source).flatMap((entry, index) => {
      const other = destinations[index];
      if (!other) return [];
      const position = Math.min(entries.indexOf(entry), entries.indexOf(other));
      return [{ family, source: entry, destination: other, position }];
    });
  }).sort((a, b) => a.position - b.position);
  if (headers.length === 0) readStation(entries);
  if (headers.length < 2) return {};

  const isThere = ({ source, destination }: Header) => !isZero(source) || !isZero(destination);
  const near = headers.slice(-MAX_HEADERS);
  const versions = all(60);
  const decides = versions.length === 1 && all(4).length < 2 && near.length === 2 && near[0].family !== near[1].family;
  const byVersion = decides ? near.find(({ family }) => BigInt(family) === unsigned(versions[0])) : undefined;
  const flow = byVersion ?? near.findLast(isThere) ?? near[0];
  const around = byVersion ? [] : near.slice(0, near.indexOf(flow));
  const outers = around.filter(isThere);

  for (const version of versions) version.used = true;
  const owner = (entry: Entry): Header | 'none' | undefined => {
    if (entry.pen !== 0 || !isSound(entry)) return undefined;
    if (ADDRESSES.some(({ source, destination }) => entry.id === source || entry.id === destination))
      return headers.find(({ source, destination }) => entry === source || entry === destination) ?? 'none';
    const kind = ADDRESSES.find(({ own }) => (own as readonly number[]).includes(entry.id));
    const ofKind = headers.filter(({ family }) => family === kind?.family);
    if (kind && ofKind.length < 2) return ofKind[0] ?? 'none';
    if (!kind && !REPEATED.includes(entry.id)) return undefined;
    const alike = all(entry.id);
    if (alike.length >= headers.length) return headers[alike.indexOf(entry)] ?? 'none';
    return outers.length > 0 ? headers.findLast(({ position }) => position < entries.indexOf(entry)) : flow;
  };
  const owners = new Map(entries.map((entry) => [entry, owner(entry)]));
  for (const entry of entries) entry.aside = (owners.get(entry) ?? flow) !== flow;
  const fieldOf = (header: Header, id: number) => all(id).find((entry) => owners.get(entry) === header);
  const attributes = tunnelAttributes(entries, outers, flow, fieldOf);
  // Beside other headers around the flow's, what one without addresses has is left out.
  if (outers.length > 0)
    for (const header of around) for (const field of fieldsOfTunnel(header, fieldOf)) field.used = true;
  return attributes;
}

type FieldOf = (header: Header, id: number) => Entry | undefined;

const portOf = (header: Header, id: number, fieldOf: FieldOf): Entry | undefined => {
  const field = fieldOf(header, id);
  return field && field.bytes.length <= 4 ? field : undefined;
};

function fieldsOfTunnel(header: Header, fieldOf: FieldOf): Entry[] {
  const ports = [7, 11].map((id) => portOf(header, id, fieldOf));
  return [header.source, header.destination, fieldOf(header, 4), ...ports].filter((field) => field !== undefined);
}

/** What is told of the headers around the flow's, the outermost first: a value of one, a list of several. */
function tunnelAttributes(entries: Entry[], outers: Header[], flow: Header, fieldOf: FieldOf): Attributes {
  const hasSegments = entries.some((entry) => entry.pen === 0 && entry.id >= 492 && entry.id <= 502 && !isZero(entry));
  const outermostIPv6 = outers.find(({ family }) => family === 6);
  const rows = outers.map((header, index): [name: string, value: AttributeValue][] => {
    const protocol = fieldOf(header, 4);
    const carried = { 4: 4, 6: 41 }[(outers[index + 1] ?? flow).family];
    const number = (protocol && Number(unsigned(protocol))) || carried;
    const type = protocolKeyword(number) ?? `protocol_${number}`;
    const [sourcePort, destinationPort] = [7, 11].map((id) => portOf(header, id, fieldOf));
    const ofUdp =
      number === 17 &&
      destinationPort &&
      { 4789: 'vxlan', 8472: 'vxlan', 4790: 'vxlan-gpe', 6081: 'geneve', 2152: 'gtp-u' }[
        Number(unsigned(destinationPort))
      ];
    return [
      ['netflow.tunnel.type', header === outermostIPv6 && hasSegments ? 'srv6' : ofUdp || type],
      ['netflow.tunnel.source.address', address(header.source)],
      ['netflow.tunnel.destination.address', address(header.destination)],
      ['netflow.tunnel.source.port', sourcePort ? unsigned(sourcePort) : 0n],
      ['netflow.tunnel.destination.port', destinationPort ? unsigned(destinationPort) : 0n],
    ];
  });
  const columns = Map.groupBy(rows.flat(), ([name]) => name);
  return Object.fromEntries(
    Array.from(columns, ([name, told]): [string, AttributeValue[]] => [name, told.map(([, value]) => value)])
      .filter(([, values]) => values.some((value) => value !== 0n))
      .map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

/** The station (365, 366) sent what came in (direction 0), and got what went out (1). */
function readStation(entries: Entry[]): void {
  const direction = find(entries, 61);
  if (!direction || !find(entries, 366) || [8, 12, 27, 28].some((id) => find(entries, id))) return;
  const [address, mac] = { 0: [8, 56], 1: [12, 80] }[Number(unsigned(direction))] ?? [366, 365];
  const hasMac = find(entries, mac) !== undefined;
  for (const entry of entries.filter(({ pen }) => pen === 0)) {
    if (entry.id === 366) entry.id = address;
    else if (entry.id === 365 && !hasMac) entry.id = mac;
  }
}
