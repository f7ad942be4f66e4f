/** What a row of the table of attributes says. */

/**
 * Which attributes flow spans have: all that records tell; as the OpenTelemetry Collector's receiver has it; the least;
 * what is said in another way or costs more besides; and as the Python program of the same name had it.
 */
export const PROFILES = ['flow', 'netflowreceiver', 'minimal', 'full', 'python'] as const;
export type Profile = (typeof PROFILES)[number];

/** An element by its number: IANA's, or what v9 has from 32768 on for vendors' own; or its reverse (RFC 5103). */
export type Source = number | { reverse: number };

/** Types of values, by their names in CEL. */
export type ValueType = 'int' | 'double' | 'string' | 'bool';

/** What options data describe, and what they tell of it. */
export type JoinedKind = 'interface' | 'vrf' | 'application';
export type JoinedValue = 'name' | 'description' | 'distinguisher';

/**
 * When a zero is a value: beside one of these elements that is not zero itself, or in flows of a protocol and those
 * whose protocol is not told.
 */
export type ZeroRule = { beside: readonly number[] } | { protocol: number };

/** How the value comes about. Of several sources, the first counts that is not zero, or else the first. */
export type AttributeForm =
  /** The value of one element, as it is. */
  | { form: 'plain'; sources: readonly Source[] }
  /** The name of a number; a number without a name, in digits. */
  | { form: 'named'; sources: readonly Source[]; names: Readonly<Record<number, string>> }
  /** The address in one of these elements; a record may have both families. */
  | { form: 'address'; ipv4: readonly Source[]; ipv6: readonly Source[] }
  /**
   * What options data tell, in the element `told`, of the thing that a record names in the first of `by` that is not
   * zero; unless the record has one of `sources` itself.
   */
  | {
      form: 'joined';
      of: JoinedKind;
      by: readonly number[];
      value: JoinedValue;
      told: number;
      sources: readonly Source[];
    }
  /**
   * A port: of any protocol, of UDP only, of TCP only. ICMP has none; a protocol that is not known for ports none that
   * is 0.
   */
  | { form: 'port'; any: number; udp: number; tcp: number }
  /** Made by code in collector/span or collector/select; `from` says of what, in words for users. */
  | { form: 'computed'; from: string }
  /** Of the packet's span, and of flow spans only in the profiles that the row names; expressions may name it. */
  | { form: 'of packet' };

export type Attribute = AttributeForm & {
  /** What profile `flow`, expressions and documents call it. */
  name: string;
  type: ValueType;
  /**
   * What each profile that has it calls it, `true` being `name`. Unless told, only profile `flow` has it; `full` has
   * all that `flow` has.
   */
  profiles?: Partial<Readonly<Record<Profile, string | true>>>;
  /** A zero is left out unless it is a value by this rule; without one it always is. */
  zero?: ZeroRule;
  /** For users: what they should know of the value, beside where it comes from. */
  note?: string;
  /** That expressions can't name it, though profile `flow` has it: it is known only when they have been evaluated. */
  afterSelection?: true;
};
