/** What a span says, in the words and units of another tool's expectations. */
import { protocolKeyword } from '../../collector/decode/elements/elements.ts';
import { ELEMENT_VALUES } from '../../crds/attributes/element-values.ts';
import type { AttributeValue } from '../otlp/decode.ts';
import type { SpanTree } from '../otlp/normalize.ts';

/** A flow's span, the span of its packet, and the packet's bytes. */
export type Subject = { flow: SpanTree; root: SpanTree; packet: Uint8Array };

/** Reads one expected field from a span. */
export type Reader = (subject: Subject) => unknown;

/** The field is deliberately not part of a span; the text says why. */
export type NotCarried = { why: string };

export type Mapping = Record<string, Reader | NotCarried>;

/** An attribute of the flow, the first that is there. Ints are numbers, as in the expectations. */
export function attribute(...names: string[]): Reader {
  return ({ flow }) => plain(names.map((name) => flow.attributes[name]).find((value) => value !== undefined));
}

export function attributeOr(otherwise: unknown, ...names: string[]): Reader {
  const read = attribute(...names);
  return (subject) => read(subject) ?? otherwise;
}

/** A number whose 0 says nothing, and is then left out. */
export function numberOr0(name: string): Reader {
  return attributeOr(0, name);
}

/** The number that an attribute shows by its name, of an element. */
export function numberOf(attributeName: string, element: number): Reader {
  const read = attribute(attributeName);
  return mapped(read, (text: string) => {
    const [number] = Object.entries(ELEMENT_VALUES[element].names).find(([, name]) => name === text) ?? [text];
    return Number(number);
  });
}

/** The number of the forwarding status. */
export const forwardingStatus: Reader = (subject) => numberOf('netflow.forwardingStatus', 89)(subject) ?? 0;

/** An attribute of the packet's span. */
export function ofPacket(name: string): Reader {
  return ({ root }) => plain(root.attributes[name]);
}

/** What was exported as the flow's start or end, in Unix milliseconds, whatever time the span was given. */
export function flowTime(end: 'start' | 'end'): Reader {
  return ({ flow }) => {
    const original = flow.attributes[`netflow.flow.${end}`];
    const own = end === 'start' ? flow.startTimeUnixNano : flow.endTimeUnixNano;
    return Number((original === undefined ? own : BigInt(original as bigint | string)) / 1_000_000n);
  };
}

/** The value of a reader made into something else, unless there is none. */
export function mapped(read: Reader, convert: (value: never) => unknown): Reader {
  return (subject) => {
    const value = read(subject);
    return value === undefined ? undefined : convert(value as never);
  };
}

/** ISO 8601 with milliseconds. */
export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The position of an attribute's word among the words for 0, 1, 2, … */
export function code(name: string, words: string[]): Reader {
  return mapped(attribute(name), (word: string) => (words.includes(word) ? words.indexOf(word) : Number(word)));
}

export const DIRECTIONS = ['ingress', 'egress'];
export const FIREWALL_EVENTS = ['ignore', 'created', 'deleted', 'denied', 'alert', 'update'];

/** The number of the IP protocol. */
export const protocolNumber: Reader = mapped(attribute('network.transport'), (keyword: string) => {
  const number = Array.from({ length: 256 }, (_, index) => index).find((index) => protocolKeyword(index) === keyword);
  return number ?? Number(keyword.replace('protocol_', ''));
});

/** The type of service octet, put together again. */
export const typeOfService: Reader = ({ flow }) => {
  const { 'flow.ip.dscp.id': dscp, 'flow.ip.ecn.id': ecn } = flow.attributes;
  return dscp === undefined ? undefined : Number(dscp) * 4 + Number(ecn ?? 0);
};

export const ipVersion: Reader = mapped(attribute('network.type'), (type: string) => (type === 'ipv4' ? 4 : 6));

/** A number in hexadecimal, with as many digits as `bytes` takes. */
export function hexadecimal(bytes: number): (value: number) => string {
  return (value) => `0x${value.toString(16).padStart(bytes * 2, '0')}`;
}

function plain(value: AttributeValue | undefined): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
