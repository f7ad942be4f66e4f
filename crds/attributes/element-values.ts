/** What numbers mean that stand under the names of their elements: by IANA's registry, in the words of its descriptions. */
const FORWARDING_STATUS = {
  64: 'forwarded',
  65: 'forwarded_fragmented',
  66: 'forwarded_not_fragmented',
  128: 'dropped',
  129: 'dropped_acl_deny',
  130: 'dropped_acl_drop',
  131: 'dropped_unroutable',
  132: 'dropped_adjacency',
  133: 'dropped_fragmentation_and_df_set',
  134: 'dropped_bad_header_checksum',
  135: 'dropped_bad_total_length',
  136: 'dropped_bad_header_length',
  137: 'dropped_bad_ttl',
  138: 'dropped_policer',
  139: 'dropped_wred',
  140: 'dropped_rpf',
  141: 'dropped_for_us',
  142: 'dropped_bad_output_interface',
  143: 'dropped_hardware',
  192: 'consumed',
  193: 'consumed_punt_adjacency',
  194: 'consumed_incomplete_adjacency',
  195: 'consumed_for_us',
};

/** RFC 8158 §4.1; 1 and 2 are historic. */
const NAT_EVENTS = {
  1: 'nat_translation_create',
  2: 'nat_translation_delete',
  3: 'nat_addresses_exhausted',
  4: 'nat44_session_create',
  5: 'nat44_session_delete',
  6: 'nat64_session_create',
  7: 'nat64_session_delete',
  8: 'nat44_bib_create',
  9: 'nat44_bib_delete',
  10: 'nat64_bib_create',
  11: 'nat64_bib_delete',
  12: 'nat_ports_exhausted',
  13: 'quota_exceeded',
  14: 'address_binding_create',
  15: 'address_binding_delete',
  16: 'port_block_allocation',
  17: 'port_block_de_allocation',
  18: 'threshold_reached',
};

/** RFC 5102 §5.6.14, RFC 9160 §2. */
const MPLS_LABEL_TYPES = {
  0: 'unknown',
  1: 'te_midpt',
  2: 'pseudowire',
  3: 'vpn',
  4: 'bgp',
  5: 'ldp',
  6: 'path_computation_element',
  7: 'ospfv2_segment_routing',
  8: 'ospfv3_segment_routing',
  9: 'is_is_segment_routing',
  10: 'bgp_segment_routing_prefix_sid',
};

const NAT_TYPES = {
  0: 'unknown',
  1: 'nat44_translated',
  2: 'nat64_translated',
  3: 'nat46_translated',
  4: 'ipv4_to_ipv4_no_nat',
  5: 'nat66_translated',
  6: 'ipv6_to_ipv6_no_nat',
};

/** RFC 8158 §4.2 and §4.3: what of a NAT event is exceeded. */
const NAT_QUOTAS = {
  1: 'maximum_session_entries',
  2: 'maximum_bib_entries',
  3: 'maximum_entries_per_user',
  4: 'maximum_active_hosts_or_subscribers',
  5: 'maximum_fragments_pending_reassembly',
};
const NAT_THRESHOLDS = {
  1: 'address_pool_high_threshold',
  2: 'address_pool_low_threshold',
  3: 'address_and_port_mapping_high_threshold',
  4: 'address_and_port_mapping_per_user_high_threshold',
  5: 'global_address_mapping_high_threshold',
};

/** By the numbers of elements. A number that is not listed stays one, in digits. */
export const ELEMENT_VALUES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  46: MPLS_LABEL_TYPES,
  61: { 0: 'ingress', 1: 'egress' },
  89: FORWARDING_STATUS,
  230: NAT_EVENTS,
  239: { 0: 'arbitrary', 1: 'initiator', 2: 'reverse_initiator', 3: 'perimeter' },
  277: { 1: 'physical_port', 2: 'port_channel', 3: 'vlan' },
  297: NAT_TYPES,
  466: NAT_QUOTAS,
  467: NAT_THRESHOLDS,
};
