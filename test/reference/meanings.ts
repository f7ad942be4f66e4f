/** What numbers and their bits mean, by IANA's registries and vendors' documents, in words of attributes. */
import type { Entry } from './record.ts';

type Meaning = (number: number) => string | undefined;

/** What numbers mean that stand under their elements' names (IANA's registries; RFC 7270 §4.12, RFC 8158 §4.1). */
const MEANINGS: Record<number, Meaning> = {
  35: (number) => [undefined, 'deterministic', 'random'][number],
  46: (number) =>
    [
      ...['unknown', 'te_midpt', 'pseudowire', 'vpn', 'bgp', 'ldp', 'path_computation_element'],
      ...['ospfv2', 'ospfv3', 'is_is'].map((protocol) => `${protocol}_segment_routing`),
      'bgp_segment_routing_prefix_sid',
    ][number],
  49: (number) => [undefined, 'deterministic', 'random'][number],
  61: (number) => ['ingress', 'egress'][number],
  89: forwardingStatus,
  101: (number) =>
    ({ 0: 'invalid', 6: 'user_defined', 12: 'pana_l2', 13: 'pana_l7', 18: 'ethertype', 19: 'llc', 20: 'pana_l7_pen' })[
      number
    ] ?? [undefined, 'iana_l3', 'pana_l3', 'iana_l4', 'pana_l4'][number],
  229: (number) => [undefined, 'private', 'public'][number],
  230: (number) =>
    [
      ...[undefined, 'nat_translation_create', 'nat_translation_delete', 'nat_addresses_exhausted'],
      ...['nat44_session', 'nat64_session', 'nat44_bib', 'nat64_bib'].flatMap((of) => [`${of}_create`, `${of}_delete`]),
      ...['nat_ports_exhausted', 'quota_exceeded', 'address_binding_create', 'address_binding_delete'],
      ...['port_block_allocation', 'port_block_de_allocation', 'threshold_reached'],
    ][number],
  239: (number) => ['arbitrary', 'initiator', 'reverse_initiator', 'perimeter'][number],
  277: (number) => [undefined, 'physical_port', 'port_channel', 'vlan'][number],
  286: (number) =>
    [
      ...['undefined', 'none', 'precision_degradation', 'binning', 'enumeration', 'permutation'],
      ...['structured_permutation', 'reverse_truncation', 'noise', 'offset'],
    ][number],
  297: (number) =>
    [
      ...['unknown', ...['nat44', 'nat64', 'nat46'].map((nat) => `${nat}_translated`)],
      ...['ipv4_to_ipv4_no_nat', 'nat66_translated', 'ipv6_to_ipv6_no_nat'],
    ][number],
  304: selector,
  344: (number) =>
    [
      ...['default', 'quantity', 'total_counter', 'delta_counter', 'identifier', 'flags', 'list'],
      ...['snmp_counter', 'snmp_gauge'],
    ][number],
  345: (number) =>
    [
      ...['none', 'bits', 'octets', 'packets', 'flows', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds'],
      ...['4_octet_words', 'messages', 'hops', 'entries', 'frames', 'ports', 'inferred'],
    ][number],
  384: (number) =>
    [
      ...['unspecified', 'start_interval', 'end_interval', 'mid_interval'],
      ...['simple_uniform_distribution', 'proportional_uniform_distribution', 'simulated_process', 'direct'],
    ][number],
  390: (number) => (number === 9 ? 'flow_state_dependent_selection' : selector(number)),
  408: (number) => [undefined, 'ieee_802_3_ethernet', 'ieee_802_11'][number],
  448: (number) => ['undefined', 'begin', 'end', 'export', 'average'][number],
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
  500: (number) =>
    [
      ...['unknown', 'segment_routing_policy', 'path_computation_element'],
      ...['ospfv3_segment_routing', 'is_is_segment_routing', 'bgp_segment_routing_prefix_sid'],
    ][number],
};

/** Of Cisco's ASA, in v9. */
const CISCO_MEANINGS: Record<number, Meaning> = {
  33002: (number) =>
    number === 0
      ? 'ignore'
      : [
          ...['denied_by_ingress_acl', 'denied_by_egress_acl', 'denied_connection_to_interface'],
          'denied_first_packet_not_syn',
        ][number - 1001],
};
const VMWARE_MEANINGS: Record<number, Meaning> = {
  891: (number) => ['unknown', 'vxlan', 'gre', 'lisp', 'stt', 'ipsec_gre', undefined, 'geneve'][number],
  953: (number) => ['unknown', 'established'][number],
  954: (number) => ['unknown', 'forward', 'reverse'][number],
  956: (number) => ['none', 'ftp', 'oracle', 'sunrpc', 'dcerpc', 'tftp'][number],
  957: (number) => ['none', 'control', 'data'][number],
};
const policyType: Meaning = (number) => [undefined, 'kubernetes', 'antrea', 'antrea_cluster'][number];
const policyAction: Meaning = (number) => ['none', 'allow', 'drop', 'reject'][number];
const ANTREA_MEANINGS: Record<number, Meaning> = {
  115: policyType,
  118: policyType,
  137: (number) => [undefined, 'intra_node', 'inter_node', 'to_external', 'from_external'][number],
  139: policyAction,
  140: policyAction,
};

function selector(number: number): string | undefined {
  return [
    undefined,
    ...['systematic_count_based', 'systematic_time_based', 'random_n_out_of_n', 'uniform_probabilistic'].map(
      (method) => `${method}_sampling`,
    ),
    ...['property_match_filtering', ...['bob', 'ipsx', 'crc'].map((hash) => `hash_based_filtering_using_${hash}`)],
  ][number];
}

/** Two bits of status, six of the reason. */
function forwardingStatus(number: number): string | undefined {
  const [status, ...reasons] =
    [
      [],
      ['forwarded', '', 'fragmented', 'not_fragmented', 'tunneled', 'acl_redirect'],
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

/** Words for the numbers of an element, if it has any. */
export function meaningOf({ pen, id }: Pick<Entry, 'pen' | 'id'>): Meaning | undefined {
  return { 0: MEANINGS, 9: CISCO_MEANINGS, 6876: VMWARE_MEANINGS, 56506: ANTREA_MEANINGS }[pen]?.[id];
}

const TCP_OPTIONS = [
  ...['end_of_option_list', 'no_operation', 'maximum_segment_size', 'window_scale', 'sack_permitted', 'sack', 'echo'],
  ...['echo_reply', 'timestamps', 'partial_order_connection_permitted', 'partial_order_service_profile', 'cc'],
  ...['cc_new', 'cc_echo', 'alternate_checksum_request', 'alternate_checksum_data', 'skeeter', 'bubba'],
  ...['trailer_checksum', 'md5_signature', 'scps_capabilities', 'selective_negative_acknowledgements'],
  ...['record_boundaries', 'corruption_experienced', 'snap', undefined, 'compression_filter', 'quick_start_response'],
  ...['user_timeout', 'authentication', 'multipath_tcp', undefined, undefined, undefined, 'fast_open_cookie'],
];
/** Bit by bit, from the least significant on. */
const BITS: Record<number, (string | undefined)[]> = {
  515: [
    ...['destination_options', 'hop_by_hop_options', 'no_next_header', 'unknown', 'first_fragment', 'routing'],
    ...['other_fragment', 'mobility', 'encapsulating_security_payload', 'authentication', 'host_identity_protocol'],
    ...['shim6', 'experimental_253', 'experimental_254'],
  ],
  520: TCP_OPTIONS,
};

/** Words for the bits that are set in the value of an element whose bits have any. */
export function bitsOf({ pen, id, bytes }: Pick<Entry, 'pen' | 'id' | 'bytes'>): string[] | undefined {
  const names = pen === 0 ? BITS[id] : undefined;
  const digits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .split('')
    .reverse();
  return names && digits.flatMap((digit, bit) => (digit === '1' ? [names[bit] ?? String(bit)] : []));
}
