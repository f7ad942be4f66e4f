/**
 * Type records (RFC 5610), as libfixbuf 2.4.1 exports them: what elements of an enterprise are called, and their types.
 */
import { ABSENT, type Case } from './case.ts';

export const TYPES: readonly Case[] = [
  {
    file: 'libfixbuf-type-records',
    shows: 'elements by the names and types that their exporter told',
    received: 'exported',
    flows: [
      {
        start: -5_000,
        end: -500,
        attributes: {
          ...{ 'source.address': '192.0.2.1', 'destination.address': '198.51.100.20', 'network.transport': 'tcp' },
          ...{ 'source.port': 51_234, 'destination.port': 443, 'flow.bytes.delta': 4_200, 'flow.packets.delta': 6 },
          'netflow.32473.queueDepth': 300,
          'netflow.32473.signalStrength': -67,
          'netflow.32473.lossRatio': { double: 0.0625 },
          'netflow.32473.relayAddress': '203.0.113.9',
          'netflow.32473.firstSeen': '2026-01-01T20:40:00.123Z',
          'netflow.32473.stationAddress': '02:00:5e:10:00:01',
          'netflow.32473.policyTag': 'gold-vpn',
          'netflow.32473.isEncrypted': true,
          'netflow.32473.fingerprint': 'deadbeef',
          'netflow.32473.1': ABSENT,
        },
      },
    ],
  },
  {
    file: 'libfixbuf-type-records',
    shows: 'elements by their numbers, when nobody told of them',
    received: 'exported',
    lines: [2, 3],
    flows: [
      {
        attributes: {
          ...{ 'netflow.32473.1': '0000012c', 'netflow.32473.4': 'cb007109', 'netflow.32473.8': '01' },
          'netflow.32473.queueDepth': ABSENT,
        },
      },
    ],
  },
];
