/** A record's values with the elements they are of, and which of them have found their place in a span. */

import { REGISTRIES } from '../../collector/decode/elements/elements.generated.ts';
import {
  type Element,
  findElement,
  findV9Element,
  REVERSE_PEN,
  vendorName,
} from '../../collector/decode/elements/elements.ts';
import { ABSTRACT_DATA_TYPES } from '../../collector/decode/elements/types.ts';
import type { Attributes, AttributeValue } from '../otlp/decode.ts';
import { type FieldValue, type Header, toUnsigned } from './packet.ts';
import { addressText, attributeValue, fits } from './values.ts';

export { REVERSE_PEN };

const PADDING = 210;

export type Entry = {
  pen: number;
  id: number;
  element?: Element;
  bytes: Uint8Array;
  variable: boolean;
  used: boolean;
  /** Of another header than the flow's: it is found by nobody. */
  aside?: boolean;
};

/** What options data told of an element: its name, and the number of its type (RFC 5610). */
export type ToldElement = (pen: number, id: number) => { name?: string; type?: number } | undefined;

/** The values of a record that are not empty, with elements as the registry has them or else as their device told. */
export function entriesOf(values: FieldValue[], version: Header['version'], told: ToldElement): Entry[] {
  const given = new Map<string, string>();
  return values
    .map(({ pen, id, bytes, variable }) => {
      const element = (version === 9 ? findV9Element(id) : findElement(pen, id)) ?? toldElement(pen, id, told, given);
      return { pen: element?.pen ?? pen, id: element?.id ?? id, element, bytes, variable, used: false };
    })
    .filter(({ bytes }) => bytes.length > 0);
}

/** A name is an element's that was the first to have it, in `given`, and no registered element of the same vendor's. */
function toldElement(pen: number, id: number, told: ToldElement, given: Map<string, string>): Element | undefined {
  const { name = '', type = 0 } = told(pen, id) ?? { type: -1 };
  if (type === -1) return undefined;
  const vendor = vendorName(pen) ?? String(pen);
  const attribute = `${vendor} ${name}`;
  const ofVendor = [...REGISTRIES].filter(([other]) => vendorName(other) === vendor).map(([, lines]) => lines);
  const isRegistered = ofVendor.some((lines) => lines.split('\n').some((line) => line.split(',')[1] === name));
  const isName = name.length <= 128 && /^[a-z]\w*$/i.test(name) && !isRegistered;
  if (isName && !given.has(attribute)) given.set(attribute, `${pen} ${id}`);
  const isOwn = isName && given.get(attribute) === `${pen} ${id}`;
  return { pen, id, name: isOwn ? name : String(id), type: ABSTRACT_DATA_TYPES[type] ?? 'octetArray' };
}

/**
 * The first occurrence of an element whose length fits the element's type. Only strings and octet arrays are of
 * variable length.
 */
export function find(entries: Entry[], id: number, pen = 0): Entry | undefined {
  return entries.find((entry) => entry.id === id && entry.pen === pen && !entry.aside && isSound(entry));
}

/** Whether the length fits the type. */
export function isSound({ element, bytes, variable }: Entry): boolean {
  if (element === undefined) return false;
  const { type } = element;
  return fits(type, bytes) && (!variable || type === 'string' || type === 'octetArray');
}

export function unsigned(entry: Entry): bigint {
  return toUnsigned(entry.bytes);
}

export function address(entry: Entry): string {
  return addressText(entry.bytes);
}

export function isZero({ bytes }: Entry): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The first that is not zero, or else the first. */
export function firstSet(entries: Entry[]): Entry {
  return entries.find((entry) => !isZero(entry)) ?? entries[0];
}

/**
 * IANA's elements of which a zero says nothing, beside all that are addresses: in both directions, or in the forward one
 * only; and Cisco's in v9.
 */
const WITHOUT_ZERO = [
  ...[31, 9, 13, 29, 30, 10, 252, 14, 253, 16, 17, 128, 129, 58, 59, 243, 245, 254, 255],
  ...[227, 228, 46, 91, 48, 35, 49, 304, 89, 136, 230],
];
const WITHOUT_ZERO_FORWARD = [4, 5, 195, 6, 7, 11, 180, 181, 182, 183, 32, 139, 176, 177, 178, 179];
const WITHOUT_ZERO_OF_CISCO = [33_000, 33_001, 40_003, 40_004];

function isSilent(entry: Entry): boolean {
  const { pen, id, element } = entry;
  const isListed =
    ((pen === 0 || pen === REVERSE_PEN) && WITHOUT_ZERO.includes(id)) ||
    (pen === 0 && WITHOUT_ZERO_FORWARD.includes(id)) ||
    (pen === 9 && WITHOUT_ZERO_OF_CISCO.includes(id));
  return isZero(entry) && (isListed || /Address$/.test(element?.type ?? ''));
}

/** What numbers mean that stand under their elements' names (IANA's registries; RFC 7270 §4.12, RFC 8158 §4.1). */
const MEANINGS: Record<number, (number: number) => string | undefined> = {
  46: (number) =>
    [
      ...['unknown', 'te_midpt', 'pseudowire', 'vpn', 'bgp', 'ldp', 'path_computation_element'],
      ...['ospfv2', 'ospfv3', 'is_is'].map((protocol) => `${protocol}_segment_routing`),
      'bgp_segment_routing_prefix_sid',
    ][number],
  61: (number) => ['ingress', 'egress'][number],
  89: forwardingStatus,
  230: (number) =>
    [
      ...[undefined, 'nat_translation_create', 'nat_translation_delete', 'nat_addresses_exhausted'],
      ...['nat44_session', 'nat64_session', 'nat44_bib', 'nat64_bib'].flatMap((of) => [`${of}_create`, `${of}_delete`]),
      ...['nat_ports_exhausted', 'quota_exceeded', 'address_binding_create', 'address_binding_delete'],
      ...['port_block_allocation', 'port_block_de_allocation', 'threshold_reached'],
    ][number],
  239: (number) => ['arbitrary', 'initiator', 'reverse_initiator', 'perimeter'][number],
  277: (number) => [undefined, 'physical_port', 'port_channel', 'vlan'][number],
  297: (number) =>
    [
      ...['unknown', ...['nat44', 'nat64', 'nat46'].map((nat) => `${nat}_translated`)],
      ...['ipv4_to_ipv4_no_nat', 'nat66_translated', 'ipv6_to_ipv6_no_nat'],
    ][number],
  466: (number) =>
    [
      ...[undefined, 'maximum_session_entries', 'maximum_bib_entries', 'maximum_entries_per_user'],
      ...['maximum_active_hosts_or_subscribers', 'maximum_fragments_pending_reassembly'],
    ][number],
  467: (number) =>
    [
      ...[undefined, 'address_pool_high_threshold', 'address_pool_low_threshold'],
      ...['high', 'per_user_high'].map((which) => `address_and_port_mapping_${which}_threshold`),
      'global_address_mapping_high_threshold',
    ][number],
};

/** Two bits of status, six of the reason. */
function forwardingStatus(number: number): string | undefined {
  const [status, ...reasons] =
    [
      [],
      ['forwarded', '', 'fragmented', 'not_fragmented'],
      [
        ...['dropped', '', 'acl_deny', 'acl_drop', 'unroutable', 'adjacency', 'fragmentation_and_df_set'],
        ...['bad_header_checksum', 'bad_total_length', 'bad_header_length', 'bad_ttl', 'policer', 'wred', 'rpf'],
        ...['for_us', 'bad_output_interface', 'hardware'],
      ],
      ['consumed', '', 'punt_adjacency', 'incomplete_adjacency', 'for_us'],
    ][number >> 6] ?? [];
  const reason = reasons[number & 63];
  return status === undefined || reason === undefined ? undefined : [status, reason].filter(Boolean).join('_');
}

function shownValue(entry: Entry, areNumbers: boolean): AttributeValue | undefined {
  const meaning = entry.pen === 0 && areNumbers ? MEANINGS[entry.id] : undefined;
  if (!meaning) return attributeValue(entry.element?.type, entry.bytes);
  const number = Number(unsigned(entry));
  return meaning(number) ?? String(number);
}

/** Attributes of the entries that are not used; several values of one name become an array. */
export function remaining(entries: Entry[]): Attributes {
  const left = entries.filter((entry) => !entry.used && (entry.pen !== 0 || entry.id !== PADDING));
  const byName = Map.groupBy(left, attributeName);
  const values = Array.from(byName, ([name, occurrences]) => {
    const shown = occurrences.filter((entry) => !isSilent(entry));
    const areNumbers = occurrences.every((entry) => isSound(entry));
    return [name, shown.map((entry) => shownValue(entry, areNumbers)).filter((value) => value !== undefined)] as const;
  });
  return Object.fromEntries(
    values.filter(([, list]) => list.length > 0).map(([name, list]) => [name, list.length === 1 ? list[0] : list]),
  );
}

function attributeName({ pen, id, element }: Entry): string {
  if (pen === 0) return `netflow.${element?.name ?? `element.${id}`}`;
  if (pen === REVERSE_PEN) return `netflow.reverse.${element?.name ?? id}`;
  return `netflow.${vendorName(pen) ?? pen}.${element?.name ?? id}`;
}
