/** Lists of RFC 6313. They are not taken apart yet: what is expected is what records have beside them. */
import type { Case } from './case.ts';

export const LISTS: readonly Case[] = [
  {
    file: 'P08',
    shows: 'a flow beside a basicList',
    flows: [
      {
        attributes: {
          ...{ 'source.address': '10.1.1.1', 'destination.address': '10.2.2.2', 'network.transport': 'tcp' },
          ...{ 'source.port': 40_000, 'destination.port': 443 },
        },
      },
    ],
  },
  {
    file: 'yaf-subtemplatemultilist',
    shows: 'flows beside a subTemplateMultiList',
    received: 'exported',
    flows: [
      {
        attributes: {
          ...{ 'source.address': '192.0.2.1', 'destination.address': '192.0.2.2', 'network.transport': 'udp' },
          ...{ 'source.port': 46_086, 'destination.port': 53 },
        },
      },
      {
        attributes: {
          ...{ 'source.address': '192.0.2.2', 'destination.address': '192.0.2.3', 'network.transport': 'tcp' },
          ...{ 'source.port': 63_499, 'destination.port': 9_997 },
        },
      },
    ],
  },
];
