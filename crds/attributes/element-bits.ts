/** What bits mean of numbers that stand under the names of their elements, from the least significant on (IANA). */
import type { NumberNames } from './element-values.ts';

/** RFC 9740. */
const IPV6_EXTENSION_HEADERS = [
  'destination_options',
  'hop_by_hop_options',
  'no_next_header',
  'unknown',
  'first_fragment',
  'routing',
  'other_fragment',
  'mobility',
  'encapsulating_security_payload',
  'authentication',
  'host_identity_protocol',
  'shim6',
  'experimental_253',
  'experimental_254',
];

/** By IANA's kinds of TCP options. */
const TCP_OPTIONS = [
  'end_of_option_list',
  'no_operation',
  'maximum_segment_size',
  'window_scale',
  'sack_permitted',
  'sack',
  'echo',
  'echo_reply',
  'timestamps',
  'partial_order_connection_permitted',
  'partial_order_service_profile',
  'cc',
  'cc_new',
  'cc_echo',
  'alternate_checksum_request',
  'alternate_checksum_data',
  'skeeter',
  'bubba',
  'trailer_checksum',
  'md5_signature',
  'scps_capabilities',
  'selective_negative_acknowledgements',
  'record_boundaries',
  'corruption_experienced',
  'snap',
  '25',
  'compression_filter',
  'quick_start_response',
  'user_timeout',
  'authentication',
  'multipath_tcp',
  '31',
  '32',
  '33',
  'fast_open_cookie',
];

/**
 * By the numbers of elements. Not for those before these (64, 208, 209): for 209, IANA maps option n to bit n, but
 * shows the bits of the lowest options in the octet that comes first, and ipt_NETFLOW has option n in bit 32 − n.
 */
export const ELEMENT_BITS: Readonly<Record<number, NumberNames & { names: readonly string[] }>> = {
  515: { attribute: 'netflow.ipv6ExtensionHeadersFull', names: IPV6_EXTENSION_HEADERS },
  520: { attribute: 'netflow.tcpOptionsFull', names: TCP_OPTIONS },
};
