/**
 * What sFlow tells and IPFIX has no element for, as elements of sFlow.org: `data/sflow.csv` names them. Their numbers
 * are above all that a device can send: 15 bits.
 */
import { type Field, VARIABLE_LENGTH } from '../decode/template.ts';

/** sFlow.org's private enterprise number. */
export const PEN = 14_706;

const ELEMENT = {
  samplePool: 0x8001,
  sampleDrops: 0x8002,
  dataSourceClass: 0x8003,
  dataSourceIndex: 0x8004,
  ingressInternal: 0x8005,
  egressInternal: 0x8006,
  egressInterfaceCount: 0x8007,
  dropReasonId: 0x8008,
  dropReason: 0x8009,
  egressPriority: 0x800a,
  routerAsNumber: 0x800b,
  destinationAsPath: 0x800c,
  communities: 0x800d,
  localPreference: 0x800e,
  destinationUserName: 0x800f,
  mplsIngressLabels: 0x8010,
  mplsEgressLabels: 0x8011,
  mplsTunnelName: 0x8012,
  mplsTunnelId: 0x8013,
  mplsTunnelCos: 0x8014,
  mplsVcName: 0x8015,
  mplsVcId: 0x8016,
  mplsVcCos: 0x8017,
  mplsFtnDescription: 0x8018,
  mplsFtnMask: 0x8019,
  vlanTunnel: 0x801a,
  wlanBssid: 0x801b,
  wlanVersion: 0x801c,
  wlanSpeed: 0x801d,
  wlanRsni: 0x801e,
  wlanRcpi: 0x801f,
  wlanPacketDuration: 0x8020,
  wlanTransmissions: 0x8021,
  wlanRetransmissionDuration: 0x8022,
  wlanPower: 0x8023,
  tunnelSourceMac: 0x8024,
  tunnelDestinationMac: 0x8025,
  vni: 0x8026,
  egressQueue: 0x8027,
  aclNumber: 0x8028,
  aclName: 0x8029,
  aclDirection: 0x802a,
  function: 0x802b,
  transitDelay: 0x802c,
  queueDepth: 0x802d,
  hardwareTrapGroup: 0x802e,
  hardwareTrap: 0x802f,
  linuxDropReason: 0x8030,
  destinationAsSet: 0x8031,
} as const;

export const iana = (id: number, length: number): Field => ({ pen: 0, id, length });

/** A field of sFlow.org; without a length, of a length that each value has. */
export function own(name: keyof typeof ELEMENT, length = VARIABLE_LENGTH): Field {
  return { pen: PEN, id: ELEMENT[name], length };
}
