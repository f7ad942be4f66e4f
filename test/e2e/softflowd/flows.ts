/** What the flow spans of one conversation and direction say together: softflowd may export it in several parts. */
import type { Span } from '../../otlp/decode.ts';

export type FlowTotals = { packets: number; bytes: number; flags: number; startMs: number; endMs: number };

/** By `network transport source destination ports`; for ICMP, `type N` stands for the ports. */
export function totalsOf(flows: readonly Span[]): Map<string, FlowTotals> {
  const totals = new Map<string, FlowTotals>();
  for (const { attributes, startTimeUnixNano, endTimeUnixNano } of flows) {
    const transport = attributes['network.transport'];
    const ports = String(transport).includes('icmp')
      ? `type ${attributes['flow.icmp.type.id']}`
      : `${attributes['source.port']} ${attributes['destination.port']}`;
    const addresses = `${attributes['source.address']} ${attributes['destination.address']}`;
    const key = `${attributes['network.type']} ${transport} ${addresses} ${ports}`;
    const total = totals.get(key) ?? { packets: 0, bytes: 0, flags: 0, startMs: Infinity, endMs: 0 };
    totals.set(key, {
      packets: total.packets + Number(attributes['flow.packets.delta']),
      bytes: total.bytes + Number(attributes['flow.bytes.delta']),
      flags: total.flags | Number(attributes['flow.tcp.flags.bits'] ?? 0),
      startMs: Math.min(total.startMs, Number(startTimeUnixNano / 1_000_000n)),
      endMs: Math.max(total.endMs, Number(endTimeUnixNano / 1_000_000n)),
    });
  }
  return totals;
}
