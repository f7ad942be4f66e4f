/**
 * What generated plans call: values that are too rare or too long to be written inline.
 *
 * `u` and `w` are the batch's bytes and their DataView, `s` and `v` the packet's; `p` is where to write; each function
 * returns where it stopped. Bench: test/bench/encode.ts.
 */
export { applicationId, applicationKey, textOf } from '../../devices/identifiers.ts';
export { writeNetworkNames } from '../../networks/table.ts';
export { addressText, ipv4, ipv6 } from './address.ts';
export { communityId } from './community-id.ts';
export { writeConversation } from './conversation.ts';
export { directionByPorts, directionOfBiflow } from './direction.ts';
export { resolveTimes } from './odd-times.ts';
export { completePair } from './pair.ts';
export { samplingInterval } from './sampling.ts';
export { errorStatus, resizeSpan } from './span-end.ts';
export { nanos, nanosVarint, ntpNanos, ntpSeconds, unwrapUptime } from './times.ts';
export { MORE, SIZE } from './varint.ts';
export {
  arrayAttribute,
  attribute,
  bigintAttribute,
  bitsAttribute,
  close,
  nanosAttribute,
  open,
  textAttribute,
  uint64Attribute,
} from './write-attribute.ts';
export { isSet } from './write-value.ts';
