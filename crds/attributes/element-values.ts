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

/** By the numbers of elements. A number that is not listed stays one, in digits. */
export const ELEMENT_VALUES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  61: { 0: 'ingress', 1: 'egress' },
  89: FORWARDING_STATUS,
  230: NAT_EVENTS,
  239: { 0: 'arbitrary', 1: 'initiator', 2: 'reverse_initiator', 3: 'perimeter' },
};
