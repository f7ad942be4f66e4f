import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { REGISTRIES, V9_FIELD_TYPES } from './elements.generated.ts';
import { findElement, findV9Element, protocolKeyword, REVERSE_PEN, vendorName } from './elements.ts';

/** The rows of a file in `data/`, without its header. */
function readRows(file: string): string[][] {
  const [, ...lines] = readFileSync(new URL(`data/${file}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => line.split(','));
}

const LAST_IANA_ID = 533;

/** RFC 7012 and its successors leave these without an element: reserved, for NetFlow v9 only, or deprecated. */
const NOT_ASSIGNED = [
  [0, 0],
  [65, 69],
  [97, 97],
  [105, 127],
  [416, 416],
  [419, 419],
] as const;

/** Element ids, names and types as their RFCs define them. */
const ELEMENTS = [
  // RFC 5102, kept by RFC 7012
  [1, 'octetDeltaCount', 'unsigned64'],
  [2, 'packetDeltaCount', 'unsigned64'],
  [4, 'protocolIdentifier', 'unsigned8'],
  [5, 'ipClassOfService', 'unsigned8'],
  [7, 'sourceTransportPort', 'unsigned16'],
  [8, 'sourceIPv4Address', 'ipv4Address'],
  [10, 'ingressInterface', 'unsigned32'],
  [11, 'destinationTransportPort', 'unsigned16'],
  [12, 'destinationIPv4Address', 'ipv4Address'],
  [14, 'egressInterface', 'unsigned32'],
  [21, 'flowEndSysUpTime', 'unsigned32'],
  [22, 'flowStartSysUpTime', 'unsigned32'],
  [27, 'sourceIPv6Address', 'ipv6Address'],
  [28, 'destinationIPv6Address', 'ipv6Address'],
  [31, 'flowLabelIPv6', 'unsigned32'],
  [32, 'icmpTypeCodeIPv4', 'unsigned16'],
  [56, 'sourceMacAddress', 'macAddress'],
  [61, 'flowDirection', 'unsigned8'],
  [70, 'mplsTopLabelStackSection', 'octetArray'],
  [80, 'destinationMacAddress', 'macAddress'],
  [85, 'octetTotalCount', 'unsigned64'],
  [86, 'packetTotalCount', 'unsigned64'],
  [130, 'exporterIPv4Address', 'ipv4Address'],
  [136, 'flowEndReason', 'unsigned8'],
  [148, 'flowId', 'unsigned64'],
  [150, 'flowStartSeconds', 'dateTimeSeconds'],
  [152, 'flowStartMilliseconds', 'dateTimeMilliseconds'],
  [154, 'flowStartMicroseconds', 'dateTimeMicroseconds'],
  [156, 'flowStartNanoseconds', 'dateTimeNanoseconds'],
  [160, 'systemInitTimeMilliseconds', 'dateTimeMilliseconds'],
  [210, 'paddingOctets', 'octetArray'],
  // RFC 9565
  [6, 'tcpControlBits', 'unsigned16'],
  // RFC 5103
  [239, 'biflowDirection', 'unsigned8'],
  // RFC 8158 and Cisco's firewall events
  [225, 'postNATSourceIPv4Address', 'ipv4Address'],
  [230, 'natEvent', 'unsigned8'],
  [231, 'initiatorOctets', 'unsigned64'],
  [233, 'firewallEvent', 'unsigned8'],
  [298, 'initiatorPackets', 'unsigned64'],
  [463, 'natInstanceID', 'unsigned32'],
  // RFC 6759
  [95, 'applicationId', 'octetArray'],
  [96, 'applicationName', 'string'],
  // RFC 6313
  [291, 'basicList', 'basicList'],
  [292, 'subTemplateList', 'subTemplateList'],
  [293, 'subTemplateMultiList', 'subTemplateMultiList'],
  // RFC 5477
  [276, 'dataRecordsReliability', 'boolean'],
  [305, 'samplingPacketInterval', 'unsigned32'],
  [306, 'samplingPacketSpace', 'unsigned32'],
  [311, 'samplingProbability', 'float64'],
  [315, 'dataLinkFrameSection', 'octetArray'],
  [323, 'observationTimeMilliseconds', 'dateTimeMilliseconds'],
  // RFC 5610
  [303, 'informationElementId', 'unsigned16'],
  [339, 'informationElementDataType', 'unsigned8'],
  [341, 'informationElementName', 'string'],
  [346, 'privateEnterpriseNumber', 'unsigned32'],
  // RFC 8038
  [434, 'mibObjectValueInteger', 'signed32'],
  // RFC 8549
  [484, 'bgpSourceCommunityList', 'basicList'],
  // RFC 9487
  [492, 'srhFlagsIPv6', 'unsigned8'],
  [494, 'srhSegmentIPv6', 'ipv6Address'],
  [502, 'srhSegmentIPv6EndpointBehavior', 'unsigned16'],
  // RFC 9740, 9870 and 9951
  [515, 'ipv6ExtensionHeadersFull', 'unsigned256'],
  [517, 'ipv6ExtensionHeadersLimit', 'boolean'],
  [525, 'udpSafeOptions', 'unsigned256'],
  [533, 'pathDelaySumDeltaMicroseconds', 'unsigned64'],
] as const;

describe('IANA elements', () => {
  test('every assigned id is known, no other', () => {
    const isAssigned = (id: number) =>
      id <= LAST_IANA_ID && !NOT_ASSIGNED.some(([first, last]) => id >= first && id <= last);
    for (let id = 0; id <= 0x7fff; id++)
      assert.equal(findElement(0, id) !== undefined, isAssigned(id), `element ${id}`);
  });

  for (const [id, name, type] of ELEMENTS) {
    test(`${id} is ${name}`, () => assert.deepEqual(findElement(0, id), { pen: 0, id, name, type }));
  }
});

describe('reverse elements', () => {
  test('have the name and type of the forward element', () => {
    assert.deepEqual(findElement(REVERSE_PEN, 1), {
      pen: REVERSE_PEN,
      id: 1,
      name: 'octetDeltaCount',
      type: 'unsigned64',
    });
  });

  test('there is none where both directions share the value', () => {
    const shared = [
      40, 41, 42, 130, 131, 137, 145, 148, 149, 163, 164, 165, 166, 167, 168, 173, 210, 211, 212, 213, 214, 215, 216,
      217, 239,
    ];
    const withoutReverse = [];
    for (let id = 1; id <= LAST_IANA_ID; id++) {
      if (findElement(0, id) && !findElement(REVERSE_PEN, id)) withoutReverse.push(id);
    }
    assert.deepEqual(withoutReverse, shared);
  });

  test('there is none of what is not an element', () => assert.equal(findElement(REVERSE_PEN, 65), undefined));
});

describe('vendor elements', () => {
  for (const [pen, vendor, id, name, type] of [
    [9, 'cisco', 9307, 'maxServerRespTime', 'unsigned32'],
    [9, 'cisco', 12_235, 'appHttpHost', 'string'],
    [637, 'nokia', 93, 'natSubString', 'string'],
    [2011, 'huawei', 1, 'ingressGponGemPortId', 'unsigned16'],
    [3054, 'ixia', 110, 'l7AppId', 'unsigned32'],
    [3054, 'ixia', 194, 'threatIPv6', 'ipv6Address'],
    [5951, 'netscaler', 128, 'roundTripTime', 'unsigned32'],
    [5951, 'netscaler', 200, 'icaSessionGuid', 'octetArray'],
    [5951, 'netscaler', 347, 'unknown347', 'unsigned32'],
    [6871, 'cert', 14, 'initialTCPFlags', 'unsigned16'],
    [6871, 'cert', 14 | 0x4000, 'reverseInitialTCPFlags', 'unsigned16'],
    [6876, 'vmware', 881, 'tenantSourceIPv4', 'ipv4Address'],
    [6876, 'vmware', 893, 'tunnelSourceIPv4Address', 'ipv4Address'],
    [6876, 'vmware', 950, 'ruleId', 'unsigned32'],
    [8057, 'cesnet', 808, 'tlsSNI', 'string'],
    [9789, 'astaro', 2, 'afcProtocolName', 'string'],
    [10_704, 'barracuda', 4, 'fwRule', 'string'],
    [12_276, 'f5', 26, 'aclPolicyName', 'string'],
    [12_326, 'barracuda', 4, 'fwRule', 'string'],
    [15_397, 'sandvine', 22, 'httpUrl', 'string'],
    [16_982, 'muni', 105, 'httpUrl', 'string'],
    [21_373, 'netfilter', 6, 'conntrack_id', 'unsigned32'],
    [35_632, 'ntop', 118, 'l7_proto', 'unsigned64'],
    [35_632, 'ntop', 180, 'http_url', 'string'],
    [39_499, 'flowmon', 69, 'npmRoundTripTime', 'unsigned32'],
    [41_916, 'viptela', 4321, 'vpnId', 'unsigned64'],
    [56_506, 'antrea', 136, 'tcpState', 'string'],
  ] as const) {
    test(`${vendor} ${id} is ${name}`, () => {
      assert.equal(vendorName(pen), vendor);
      assert.deepEqual(findElement(pen, id), { pen, id, name, type });
    });
  }

  test('an unknown enterprise or id has no element', () => {
    assert.equal(findElement(4_294_967_295, 1), undefined);
    assert.equal(findElement(9, 1), undefined);
    assert.equal(vendorName(4_294_967_295), undefined);
  });
});

describe('NetFlow v9 field types', () => {
  for (const [what, fieldType, pen, id, name] of [
    ['below 32768 are IANA elements', 8, 0, 8, 'sourceIPv4Address'],
    ['of the ASA have their own table', 33_002, 9, 33_002, 'fwExtEvent'],
    ['of PAN-OS are their own element ids', 56_701, 25_461, 56_701, 'appId'],
    ['of IOS are element + 32768', 45_003, 9, 12_235, 'appHttpHost'],
    ['below 32768 may be vendors’, too', 8257, 4056, 8257, 'url'],
    ['of ntop are element + 57472', 57_590, 35_632, 118, 'l7_proto'],
  ] as const) {
    test(what, () => {
      const element = findV9Element(fieldType);
      assert.deepEqual([element?.pen, element?.id, element?.name], [pen, id, name]);
    });
  }

  test('that nobody defined have no element', () => {
    for (const fieldType of [0, 65, 32_768, 65_535]) assert.equal(findV9Element(fieldType), undefined);
  });
});

test('names are attribute segments and stand for one element in their registry', () => {
  for (const [owner, lines] of [...REGISTRIES, ['v9', V9_FIELD_TYPES] as const]) {
    const names = lines.split('\n').map((line) => line.split(',')[1]!);
    for (const name of names) assert.match(name, /^[A-Za-z0-9_]+$/, `registry ${owner}`);
    assert.equal(new Set(names).size, names.length, `registry ${owner}`);
  }
});

test('no name begins with what its vendor is called, or once was', () => {
  const formerly = new Map(readRows('vendors.csv').map(([pen, , former]) => [Number(pen), former]));
  for (const [registry, lines] of [...REGISTRIES, [9, V9_FIELD_TYPES] as const]) {
    for (const line of lines.split('\n')) {
      const [id, name, , pen = registry] = line.split(',');
      const called = [vendorName(Number(pen)), formerly.get(Number(pen)), Number(pen) === 0 ? 'netflow' : ''];
      for (const word of called.filter(Boolean))
        assert.doesNotMatch(name!, new RegExp(`^${word}([A-Z_\\d]|$)`, 'i'), `${pen}/${id}`);
    }
  }
});

test('protocol keywords are IANA’s in lower case', () => {
  const keywords = {
    0: 'hopopt',
    1: 'icmp',
    2: 'igmp',
    6: 'tcp',
    17: 'udp',
    41: 'ipv6',
    47: 'gre',
    50: 'esp',
    58: 'ipv6-icmp',
    89: 'ospfigp',
    132: 'sctp',
    143: 'ethernet',
  };
  for (const [number, keyword] of Object.entries(keywords)) assert.equal(protocolKeyword(Number(number)), keyword);
  for (const number of [145, 252, 253, 255, 256]) assert.equal(protocolKeyword(number), undefined);
});
