/**
 * What numbers mean that stand under the names of their elements: by IANA's registries, in the words of their
 * descriptions, and by vendors' documents.
 */
const FORWARDING_STATUS = {
  64: 'forwarded',
  65: 'forwarded_fragmented',
  66: 'forwarded_not_fragmented',
  67: 'forwarded_tunneled',
  68: 'forwarded_acl_redirect',
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

/** Before PSAMP's numbers (304), which are others. */
const SAMPLING_MODES = { 1: 'deterministic', 2: 'random' };

/** RFC 5477; RFC 7014 has one more for flows. */
const SELECTORS = {
  1: 'systematic_count_based_sampling',
  2: 'systematic_time_based_sampling',
  3: 'random_n_out_of_n_sampling',
  4: 'uniform_probabilistic_sampling',
  5: 'property_match_filtering',
  6: 'hash_based_filtering_using_bob',
  7: 'hash_based_filtering_using_ipsx',
  8: 'hash_based_filtering_using_crc',
};
const FLOW_SELECTORS = { ...SELECTORS, 9: 'flow_state_dependent_selection' };

/** RFC 6759 §4.1. */
const CLASSIFICATION_ENGINES = {
  0: 'invalid',
  1: 'iana_l3',
  2: 'pana_l3',
  3: 'iana_l4',
  4: 'pana_l4',
  6: 'user_defined',
  12: 'pana_l2',
  13: 'pana_l7',
  18: 'ethertype',
  19: 'llc',
  20: 'pana_l7_pen',
};

/** RFC 6235. */
const ANONYMIZATIONS = {
  0: 'undefined',
  1: 'none',
  2: 'precision_degradation',
  3: 'binning',
  4: 'enumeration',
  5: 'permutation',
  6: 'structured_permutation',
  7: 'reverse_truncation',
  8: 'noise',
  9: 'offset',
};

/** RFC 7015. */
const DISTRIBUTIONS = {
  0: 'unspecified',
  1: 'start_interval',
  2: 'end_interval',
  3: 'mid_interval',
  4: 'simple_uniform_distribution',
  5: 'proportional_uniform_distribution',
  6: 'simulated_process',
  7: 'direct',
};

/** RFC 9487. */
const SEGMENT_TYPES = {
  0: 'unknown',
  1: 'segment_routing_policy',
  2: 'path_computation_element',
  3: 'ospfv3_segment_routing',
  4: 'is_is_segment_routing',
  5: 'bgp_segment_routing_prefix_sid',
};

/** What type records (RFC 5610) tell of elements. */
const SEMANTICS = {
  0: 'default',
  1: 'quantity',
  2: 'total_counter',
  3: 'delta_counter',
  4: 'identifier',
  5: 'flags',
  6: 'list',
  7: 'snmp_counter',
  8: 'snmp_gauge',
};
const UNITS = {
  0: 'none',
  1: 'bits',
  2: 'octets',
  3: 'packets',
  4: 'flows',
  5: 'seconds',
  6: 'milliseconds',
  7: 'microseconds',
  8: 'nanoseconds',
  9: '4_octet_words',
  10: 'messages',
  11: 'hops',
  12: 'entries',
  13: 'frames',
  14: 'ports',
  15: 'inferred',
};

/** Extended events of Cisco's ASA, in v9; from 2001 on they are reasons why a flow ended. */
const ASA_EVENTS = {
  0: 'ignore',
  1001: 'denied_by_ingress_acl',
  1002: 'denied_by_egress_acl',
  1003: 'denied_connection_to_interface',
  1004: 'denied_first_packet_not_syn',
};

/** Of Antrea's network policies. */
const POLICY_TYPES = { 1: 'kubernetes', 2: 'antrea', 3: 'antrea_cluster' };
const POLICY_ACTIONS = { 0: 'none', 1: 'allow', 2: 'drop', 3: 'reject' };

const VMWARE = 6876;
const ANTREA = 56_506;
const ofVendor = (pen: number, id: number) => pen * 65_536 + id;

/**
 * What an attribute says instead of a number: names by numbers, or by bits. A number that is not listed is its digits.
 */
export type NumberNames = { attribute: string; names: Readonly<Record<number, string>> };

/** By the numbers of elements, those of vendors by enterprise number × 65536 + id. */
export const ELEMENT_VALUES: Readonly<Record<number, NumberNames>> = {
  35: { attribute: 'netflow.samplingAlgorithm', names: SAMPLING_MODES },
  46: { attribute: 'netflow.mplsTopLabelType', names: MPLS_LABEL_TYPES },
  49: { attribute: 'netflow.samplerMode', names: SAMPLING_MODES },
  61: { attribute: 'netflow.flowDirection', names: { 0: 'ingress', 1: 'egress' } },
  89: { attribute: 'netflow.forwardingStatus', names: FORWARDING_STATUS },
  101: { attribute: 'netflow.classificationEngineId', names: CLASSIFICATION_ENGINES },
  229: { attribute: 'netflow.natOriginatingAddressRealm', names: { 1: 'private', 2: 'public' } },
  230: { attribute: 'netflow.natEvent', names: NAT_EVENTS },
  239: {
    attribute: 'netflow.biflowDirection',
    names: { 0: 'arbitrary', 1: 'initiator', 2: 'reverse_initiator', 3: 'perimeter' },
  },
  277: { attribute: 'netflow.observationPointType', names: { 1: 'physical_port', 2: 'port_channel', 3: 'vlan' } },
  286: { attribute: 'netflow.anonymizationTechnique', names: ANONYMIZATIONS },
  297: { attribute: 'netflow.natType', names: NAT_TYPES },
  304: { attribute: 'netflow.selectorAlgorithm', names: SELECTORS },
  344: { attribute: 'netflow.informationElementSemantics', names: SEMANTICS },
  345: { attribute: 'netflow.informationElementUnits', names: UNITS },
  384: { attribute: 'netflow.valueDistributionMethod', names: DISTRIBUTIONS },
  390: { attribute: 'netflow.flowSelectorAlgorithm', names: FLOW_SELECTORS },
  408: { attribute: 'netflow.dataLinkFrameType', names: { 1: 'ieee_802_3_ethernet', 2: 'ieee_802_11' } },
  448: {
    attribute: 'netflow.mibCaptureTimeSemantics',
    names: { 0: 'undefined', 1: 'begin', 2: 'end', 3: 'export', 4: 'average' },
  },
  466: { attribute: 'netflow.natQuotaExceededEvent', names: NAT_QUOTAS },
  467: { attribute: 'netflow.natThresholdEvent', names: NAT_THRESHOLDS },
  500: { attribute: 'netflow.srhIPv6ActiveSegmentType', names: SEGMENT_TYPES },
  33002: { attribute: 'netflow.cisco.fwExtEvent', names: ASA_EVENTS },
  [ofVendor(VMWARE, 891)]: {
    attribute: 'netflow.vmware.tunnelType',
    names: { 0: 'unknown', 1: 'vxlan', 2: 'gre', 3: 'lisp', 4: 'stt', 5: 'ipsec_gre', 7: 'geneve' },
  },
  [ofVendor(VMWARE, 953)]: { attribute: 'netflow.vmware.sessionFlags', names: { 0: 'unknown', 1: 'established' } },
  [ofVendor(VMWARE, 954)]: {
    attribute: 'netflow.vmware.flowDirection',
    names: { 0: 'unknown', 1: 'forward', 2: 'reverse' },
  },
  [ofVendor(VMWARE, 956)]: {
    attribute: 'netflow.vmware.algType',
    names: { 0: 'none', 1: 'ftp', 2: 'oracle', 3: 'sunrpc', 4: 'dcerpc', 5: 'tftp' },
  },
  [ofVendor(VMWARE, 957)]: { attribute: 'netflow.vmware.algFlowType', names: { 0: 'none', 1: 'control', 2: 'data' } },
  [ofVendor(ANTREA, 115)]: { attribute: 'netflow.antrea.ingressNetworkPolicyType', names: POLICY_TYPES },
  [ofVendor(ANTREA, 118)]: { attribute: 'netflow.antrea.egressNetworkPolicyType', names: POLICY_TYPES },
  [ofVendor(ANTREA, 137)]: {
    attribute: 'netflow.antrea.flowType',
    names: { 1: 'intra_node', 2: 'inter_node', 3: 'to_external', 4: 'from_external' },
  },
  [ofVendor(ANTREA, 139)]: { attribute: 'netflow.antrea.ingressNetworkPolicyRuleAction', names: POLICY_ACTIONS },
  [ofVendor(ANTREA, 140)]: { attribute: 'netflow.antrea.egressNetworkPolicyRuleAction', names: POLICY_ACTIONS },
};
