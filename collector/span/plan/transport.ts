/**
 * A span's name and the attributes that say the same: `network.type`, `network.transport` and, in profile `python`,
 * `network.protocol.*`.
 */
import { Buffer } from 'node:buffer';
import { protocolKeyword } from '../../decode/elements/elements.ts';
import { message, spanAttribute } from '../../otlp/protobuf-writer.ts';
import { SPAN } from '../../otlp/tags.ts';
import type { NameOf } from '../attributes.ts';

export const FAMILIES = ['unknown', 'ipv4', 'ipv6'] as const;
/** Index into `FAMILIES`. */
export type Family = 0 | 1 | 2;

/** What `network.transport` says of a protocol. */
export function protocolName(protocol: number): string {
  return protocolKeyword(protocol) ?? `protocol_${protocol}`;
}

/** Encodes `Span.name` and these attributes, for a protocol number or -1 when the record has none. */
export type TransportEncoder = (family: Family, protocol: number) => Uint8Array;

const NUMBERS = 256;

/** Makes a `TransportEncoder` that remembers what it encoded. */
export function transportEncoder(nameOf: NameOf): TransportEncoder {
  const typeName = nameOf('network.type');
  const transportName = nameOf('network.transport');
  const protocolNames = [nameOf('network.protocol.name'), nameOf('network.protocol.number')];
  const known: (Uint8Array | undefined)[] = new Array(FAMILIES.length * NUMBERS);

  function encode(family: Family, protocol: number): Uint8Array {
    const type = FAMILIES[family];
    const transport = protocol < 0 ? undefined : protocolName(protocol);
    return Uint8Array.from([
      ...message(SPAN.name, Buffer.from(`flow_${type}_${transport ?? 'unknown'}`)),
      ...(type !== 'unknown' && typeName ? spanAttribute(typeName, type) : []),
      ...(transport && transportName ? spanAttribute(transportName, transport) : []),
      ...(transport && protocolNames[0] ? spanAttribute(protocolNames[0], transport) : []),
      ...(transport && protocolNames[1] ? spanAttribute(protocolNames[1], protocol) : []),
    ]);
  }

  return (family, protocol) => {
    if (protocol < 0 || protocol >= NUMBERS) return encode(family, protocol);
    const index = family * NUMBERS + protocol;
    known[index] ??= encode(family, protocol);
    return known[index];
  };
}
