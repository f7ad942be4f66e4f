/** Every abstract data type of RFC 7011 §6.1, RFC 6313 (the lists) and RFC 9740 (`unsigned256`). */
export const ABSTRACT_DATA_TYPES = [
  'octetArray',
  'unsigned8',
  'unsigned16',
  'unsigned32',
  'unsigned64',
  'signed8',
  'signed16',
  'signed32',
  'signed64',
  'float32',
  'float64',
  'boolean',
  'macAddress',
  'string',
  'dateTimeSeconds',
  'dateTimeMilliseconds',
  'dateTimeMicroseconds',
  'dateTimeNanoseconds',
  'ipv4Address',
  'ipv6Address',
  'basicList',
  'subTemplateList',
  'subTemplateMultiList',
  'unsigned256',
] as const;

/**
 * How an element's bytes are to be read. The position in `ABSTRACT_DATA_TYPES` is the value of
 * informationElementDataType (339) in RFC 5610 §3.1 and IANA's registry.
 */
export type AbstractDataType = (typeof ABSTRACT_DATA_TYPES)[number];

/** The types of structured data (RFC 6313 §4.1–4.3). */
export const LIST_TYPES = [
  'basicList',
  'subTemplateList',
  'subTemplateMultiList',
] as const satisfies AbstractDataType[];
