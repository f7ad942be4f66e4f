/** What options data say of flows: rates of sampling, names of interfaces, VRFs and applications. */
import { ABSENT, type Case } from './case.ts';

const INTERVAL = 'flow.sampling.interval';
const INGRESS = 'netflow.interface.ingress.name';
const EGRESS = 'netflow.interface.egress.name';
const INGRESS_VRF = 'netflow.vrf.ingress.name';
const EGRESS_VRF = 'netflow.vrf.egress.name';

/** Of an exporter whose subinterface n + 22, mostly, stands in VRF n. */
const subinterface = (unit: number, vrf: number) => ({
  attributes: {
    [INGRESS]: `TenGigE0_0_0_16.${unit}`,
    [EGRESS]: ABSENT,
    [INGRESS_VRF]: `A2_TEST_${vrf}`,
    [EGRESS_VRF]: ABSENT,
    [INTERVAL]: 1,
  },
});

const srv6 = (ingress: string, vrf: string, egress: string, egressVrf: string) => ({
  attributes: { [INGRESS]: ingress, [INGRESS_VRF]: vrf, [EGRESS]: egress, [EGRESS_VRF]: egressVrf },
});

export const OPTIONS: readonly Case[] = [
  { file: 'S01', shows: 'a v9 sampler', flows: [{ attributes: { [INTERVAL]: 100 } }] },
  {
    file: 'sampling-two-samplers',
    shows: 'a rate by sampler',
    received: 'exported',
    flows: [{ attributes: { [INTERVAL]: 4000 } }, { count: 11, attributes: { [INTERVAL]: 2000 } }],
  },
  {
    file: 'sampling-two-samplers',
    shows: 'no rate of samplers that nobody described',
    received: 'exported',
    lines: [0, 2, 3],
    flows: [{ count: 12, attributes: { [INTERVAL]: ABSENT } }],
  },
  {
    // (305 + 306) / 305 = (1 + 4999) / 1
    file: 'S03',
    shows: 'interval and space of the domain',
    flows: [{ attributes: { [INTERVAL]: 5000 } }],
  },
  {
    file: 'S07',
    shows: 'interval and space of a selector',
    flows: [{ attributes: { [INTERVAL]: 100 } }],
  },
  {
    file: 'sampling-selector-309-310',
    shows: 'size and population of a selector',
    received: 'exported',
    flows: [{ count: 3, attributes: { [INTERVAL]: 256 } }],
  },
  {
    file: 'S10',
    shows: 'the probability of a selector',
    flows: [{ attributes: { [INTERVAL]: 1000 } }],
  },
  {
    file: 'S21',
    shows: 'rates of a sampler and of an interface, taken back and told again',
    flows: [100, 50, ABSENT, ABSENT, 200, 60].map((interval) => ({ attributes: { [INTERVAL]: interval } })),
  },
  {
    file: 'S22',
    shows: 'the rate of the interface where a flow was observed: ingress, egress, not told',
    flows: [50, 60, 50].map((interval) => ({ attributes: { [INTERVAL]: interval } })),
  },
  {
    file: 'icmp-type-on-tcp',
    shows: 'a rate of the whole system (34, 35)',
    received: 'exported',
    flows: [{ count: 21, attributes: { [INTERVAL]: 100 } }],
  },
  {
    file: 'E01',
    shows: 'the name of a VRF',
    flows: [{ attributes: { [INGRESS_VRF]: 'CUST-A', [EGRESS_VRF]: ABSENT } }],
  },
  {
    file: 'E02',
    shows: 'the name of an interface (v9 scope 2)',
    flows: [{ attributes: { [INGRESS]: 'Gi0/3', [EGRESS]: ABSENT } }],
  },
  {
    file: 'E03',
    shows: 'the name of an application',
    flows: [{ attributes: { 'netflow.application.id': '3:80', 'netflow.application.name': 'http' } }],
  },
  {
    file: 'E21',
    shows: 'the names of applications whose ids have another length in options',
    flows: [
      { attributes: { 'netflow.application.id': '3:80', 'netflow.application.name': 'http' } },
      { attributes: { 'netflow.application.id': '13:1049', 'netflow.application.name': 'netflix' } },
      { attributes: { 'netflow.application.id': '3:80', 'netflow.application.name': 'http' } },
      { attributes: { 'netflow.application.id': '1:80', 'netflow.application.name': ABSENT } },
    ],
  },
  {
    file: 'vrf-interface-names',
    shows: 'interface 167 and its VRF have other names from the second announcement on',
    received: 'exported',
    flows: [
      subinterface(121, 1),
      subinterface(124, 4),
      subinterface(100, 0),
      subinterface(128, 8),
      subinterface(125, 5),
      subinterface(123, 3),
      subinterface(127, 7),
      subinterface(129, 9),
      subinterface(126, 6),
    ],
  },
  {
    file: 'srv6-tunnel-cisco',
    shows: 'names of both ends',
    received: 'exported',
    lines: [1, 3, 5, 6, 8, 10, 14],
    flows: [
      srv6('TenGigE0_0_0_0.516', 'D10', 'TenGigE0_0_0_0', 'default'),
      srv6('TenGigE0_0_0_0', 'default', 'TenGigE0_0_0_0.516', 'D10'),
    ],
  },
];
