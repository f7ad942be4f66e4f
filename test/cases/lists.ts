/** Structured data (RFC 6313). */
import type { Case } from './case.ts';

export const LISTS: readonly Case[] = [
  {
    file: 'P08',
    shows: 'a basicList of texts of variable length',
    flows: [
      {
        attributes: {
          ...{ 'source.address': '10.1.1.1', 'destination.address': '10.2.2.2', 'network.transport': 'tcp' },
          ...{ 'source.port': 40_000, 'destination.port': 443 },
          'netflow.interfaceName': ['eth', 'abc'],
        },
      },
    ],
  },
  {
    file: 'yaf-subtemplatemultilist',
    shows: 'flows with a subTemplateMultiList',
    received: 'exported',
    flows: [
      {
        attributes: {
          ...{ 'source.address': '192.0.2.1', 'destination.address': '192.0.2.2', 'network.transport': 'udp' },
          ...{ 'source.port': 46_086, 'destination.port': 53 },
          'netflow.subTemplateMultiList.0.sourceMacAddress': '00:0c:29:70:86:09',
          'netflow.subTemplateMultiList.0.destinationMacAddress': '00:0c:29:8d:af:c3',
        },
      },
      {
        attributes: {
          ...{ 'source.address': '192.0.2.2', 'destination.address': '192.0.2.3', 'network.transport': 'tcp' },
          ...{ 'source.port': 63_499, 'destination.port': 9_997 },
          'netflow.subTemplateMultiList.0.sourceMacAddress': '00:0c:29:8d:af:c3',
          'netflow.subTemplateMultiList.0.destinationMacAddress': '00:0c:29:a8:6e:2f',
          'netflow.cert.initialTCPFlags': 194,
        },
      },
    ],
  },
];
