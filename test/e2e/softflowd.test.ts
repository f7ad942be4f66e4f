/** softflowd watches real traffic; what arrives at the backend is what was sent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Span } from '../otlp/decode.ts';
import { startSink } from '../otlp/sink.ts';
import { startCollector, waitFor } from './collector.ts';
import { reasonToSkip } from './namespace.ts';
import { startSoftflowd } from './softflowd/exporter.ts';
import { type FlowTotals, totalsOf } from './softflowd/flows.ts';
import { createNetwork, type Network } from './softflowd/network.ts';
import { makeTraffic, nudge, TRAFFIC } from './softflowd/traffic.ts';
import { flowSpans, rootSpans } from './spans.ts';

const skip = reasonToSkip('softflowd', 'softflowctl', 'ping');

/** On a busy machine TCP sends a few segments again, which are traffic as well. */
const MAX_RESENT_BYTES = 8 * 1_500;

/**
 * By what softflowd is asked to export, and the version, families and resolution (milliseconds) of times it then has.
 */
const CASES: [name: string, options: string[], version: bigint, families: ('ipv4' | 'ipv6')[], resolutionMs: number][] =
  [
    ['version 1', ['-v', '1'], 1n, ['ipv4'], 1],
    ['version 5', ['-v', '5'], 5n, ['ipv4'], 1],
    // The header's time has whole seconds, and all times are relative to it.
    ['version 9', ['-v', '9'], 9n, ['ipv4', 'ipv6'], 1000],
    ['IPFIX, uptimes', ['-v', '10'], 10n, ['ipv4', 'ipv6'], 1],
    ['IPFIX, seconds', ['-v', '10', '-A', 'sec'], 10n, ['ipv4', 'ipv6'], 1000],
    ['IPFIX, milliseconds', ['-v', '10', '-A', 'milli'], 10n, ['ipv4', 'ipv6'], 1],
    ['IPFIX, microseconds', ['-v', '10', '-A', 'micro'], 10n, ['ipv4', 'ipv6'], 1],
    ['IPFIX, nanoseconds', ['-v', '10', '-A', 'nano'], 10n, ['ipv4', 'ipv6'], 1],
  ];

const HEADERS = {
  ipv4: { ip: 20, addresses: ['192.0.2.1', '192.0.2.2'], icmp: 'icmp', echo: [8n, 0n] },
  ipv6: { ip: 40, addresses: ['2001:db8:2::1', '2001:db8:2::2'], icmp: 'ipv6-icmp', echo: [128n, 129n] },
} as const;
const UDP_HEADER = 8;
const ICMP_HEADER = 8;

let network: Network;
if (!skip) {
  before(() => {
    network = createNetwork();
  });
  after(() => network.remove());
}

for (const [name, options, version, families, resolutionMs] of CASES) {
  test(name, { skip }, async (t) => {
    const sink = await startSink({ protocol: 'grpc' });
    t.after(() => sink.close());
    const listen = [`${network.collectorAddress}:0`];
    const collector = await startCollector(t, { listen, args: ['--otlp-endpoint', sink.endpoint] });
    const exporter = await startSoftflowd(network, collector.listeners[0].port, options);
    t.after(() => exporter.stop());
    const { start, end } = await makeTraffic(network);

    const { tcp, udp, ping } = TRAFFIC;
    const expected = families.flatMap((family) => {
      const { ip, addresses, icmp, echo } = HEADERS[family];
      const [client, server] = addresses;
      const flow = (transport: string, source: string, destination: string, ports: unknown) =>
        [family, transport, source, destination, ports].join(' ');
      const pings = { packets: ping.requests, bytes: ping.requests * (ip + ICMP_HEADER + ping.bytes) };
      return [
        { key: flow('tcp', client, server, `${tcp.clientPort} ${tcp.serverPort}`), payload: tcp.requestBytes, ip },
        { key: flow('tcp', server, client, `${tcp.serverPort} ${tcp.clientPort}`), payload: tcp.responseBytes, ip },
        {
          key: flow('udp', client, server, `${udp.clientPort} ${udp.serverPort}`),
          packets: udp.datagrams,
          bytes: udp.datagrams * (ip + UDP_HEADER + udp.bytes),
        },
        { key: flow(icmp, client, server, `type ${echo[0]}`), ...pings },
        { key: flow(icmp, server, client, `type ${echo[1]}`), ...pings },
      ];
    });

    let totals = new Map<string, FlowTotals>();
    await waitFor(
      () => {
        nudge(network);
        exporter.flush();
        totals = totalsOf(flowSpans(sink.spans()));
        return expected.every((flow) => {
          const { bytes = 0, packets = 0 } = totals.get(flow.key) ?? {};
          return 'payload' in flow ? bytes > flow.payload! : packets >= flow.packets!;
        });
      },
      () => `all flows; there are ${[...totals].map(([key, { packets }]) => `${key}: ${packets}`).join(', ')}`,
    );

    for (const flow of expected) {
      const { packets, bytes, flags, startMs, endMs } = totals.get(flow.key)!;
      if ('payload' in flow) {
        const overhead = bytes - flow.payload!;
        const [least, most] = [packets * (flow.ip! + 20), packets * (flow.ip! + 60) + MAX_RESENT_BYTES];
        assert.ok(overhead >= least && overhead <= most, `${flow.key}: ${overhead} bytes beyond ${packets} payloads`);
        // FIN, SYN, PSH and ACK were all sent.
        assert.equal(flags & 0b11011, 0b11011, flow.key);
      } else {
        assert.deepEqual({ packets, bytes }, { packets: flow.packets, bytes: flow.bytes }, flow.key);
      }
      const inTime = startMs >= start - resolutionMs && endMs <= end + resolutionMs && startMs <= endMs;
      assert.ok(inTime, `${flow.key}: ${startMs} to ${endMs}; the traffic was made from ${start} to ${end}`);
    }
    const lasts = totals.get(expected[2].key)!;
    assert.ok(lasts.endMs - lasts.startMs >= (udp.datagrams - 1) * udp.gapMs - resolutionMs);

    assertExporter(rootSpans(sink.spans()), version, network);
    const { ledger } = await collector.until((status) => status.ledger.imbalance === 0);
    assert.equal(ledger.lostFlows + ledger.lostPackets, 0);
    assert.equal(ledger.flowTimesReplaced, 0);
    assert.deepEqual(new Set(Object.values(ledger.packetErrors)), new Set([0]));
    assert.equal(await collector.stop(), 0);
  });
}

function assertExporter(roots: readonly Span[], version: bigint, { collectorAddress }: Network): void {
  for (const { attributes } of roots) {
    assert.equal(attributes['netflow.version'], version);
    const exporter = String(attributes['netflow.exporter.address']);
    assert.equal(exporter.split('.').slice(0, 3).join('.'), collectorAddress.split('.').slice(0, 3).join('.'));
  }
}
