/** The headers of a record: which of them is the flow's, what is of others, and the station of a wireless controller. */
import { protocolKeyword } from '../../collector/decode/elements/elements.ts';
import type { Attributes } from '../otlp/decode.ts';
import { address, type Entry, find, isSound, isZero, unsigned } from './record.ts';
import { int } from './values.ts';

type Header = { family: 4 | 6; source: Entry; destination: Entry; position: number };

const ADDRESSES = [
  { family: 4, source: 8, destination: 12, own: [9, 13] },
  { family: 6, source: 27, destination: 28, own: [29, 30, 31] },
] as const;
const REPEATED = [4, 5, 6, 7, 11, 32, 139, 176, 177, 178, 179, 180, 181, 182, 183, 192, 195];

/** Sets aside what is not of the flow's header. Returns the attributes of the header around it, if there is one. */
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

  const [outermost, innermost] = headers.slice(-2);
  const isThere = ({ source, destination }: Header) => !isZero(source) || !isZero(destination);
  const versions = all(60);
  const decides = versions.length === 1 && all(4).length < 2 && outermost.family !== innermost.family;
  const byVersion = decides
    ? [outermost, innermost].find(({ family }) => BigInt(family) === unsigned(versions[0]))
    : undefined;
  const flow = byVersion ?? (isThere(innermost) ? innermost : outermost);
  const outer = !byVersion && isThere(innermost) && isThere(outermost) ? outermost : undefined;

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
    return outer ? headers.findLast(({ position }) => position < entries.indexOf(entry)) : undefined;
  };
  const owners = new Map(entries.map((entry) => [entry, owner(entry)]));
  const ofOuter = (id: number) => all(id).find((entry) => outer && owners.get(entry) === outer);
  const [protocol, sourcePort, destinationPort] = [4, 7, 11].map(ofOuter);
  for (const entry of entries) entry.aside = (owners.get(entry) ?? flow) !== flow;
  if (!outer) return {};

  for (const entry of [outer.source, outer.destination, protocol, sourcePort, destinationPort])
    if (entry) entry.used = true;
  const number = protocol && unsigned(protocol);
  const attributes: Attributes = {
    'netflow.tunnel.type':
      number === undefined ? `ipv${flow.family}` : (protocolKeyword(Number(number)) ?? `protocol_${Number(number)}`),
    'netflow.tunnel.source.address': address(outer.source),
    'netflow.tunnel.destination.address': address(outer.destination),
  };
  if (sourcePort && !isZero(sourcePort)) attributes['netflow.tunnel.source.port'] = int(unsigned(sourcePort));
  if (destinationPort && !isZero(destinationPort))
    attributes['netflow.tunnel.destination.port'] = int(unsigned(destinationPort));
  return attributes;
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
