/**
 * What happens when more comes than can be handled, or the backend stalls: nothing may be lost without being counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowDrop } from '../../collector/ledger/ledger.ts';
import { freePorts, start, until } from './child.ts';
import { type Sender, type SenderRun, startSender, startSink } from './helpers.ts';
import { drained } from './measure.ts';
import { peakRss, udpPortOpen } from './proc.ts';
import { readStatus } from './status.ts';
import { commandOf } from './subject.ts';

export const OVERLOADS = ['overload', 'stalled backend'] as const;
export type OverloadName = (typeof OVERLOADS)[number];

export type OverloadResult = {
  name: OverloadName;
  /** Flows a second sent and delivered while it lasted. */
  offered: number;
  delivered: number;
  kernelDroppedPackets: number;
  dropped: Partial<Record<FlowDrop, number>>;
  /** Packets sent that neither the ledger nor the kernel's counter knows. */
  unaccountedPackets: number;
  /** Flows that the ledger's balance is short of. */
  imbalance: number;
  peakRssMib: number;
  /** Share of the flows lost at RECOVERY_RATE from the moment it is over. */
  recoveryLoss: number;
};

const OFFERED = { overload: 3_000_000, 'stalled backend': 300_000 };
/** With four requests of 1 MiB under way the backend takes 4 MiB a second, a fiftieth of what comes. */
const STALL_MS = 1_000;
const RECOVERY_RATE = 120_000;

/** Overloads the collector for `lengthMs` and lets it recover for as long. */
export async function overload(name: OverloadName, lengthMs: number, sender: Sender): Promise<OverloadResult> {
  const sink = await startSink();
  const ports = await freePorts();
  const collector = start(commandOf('collector', 'grpc', ports, sink));
  let traffic: SenderRun | undefined;
  try {
    await until(collector, () => udpPortOpen(ports.udp));
    if (name === 'stalled backend') await sink.delay(STALL_MS);
    traffic = startSender(sender, ports.udp, { version: 9, rate: OFFERED[name] });
    await Promise.race([sleep(lengthMs), collector.failed]);
    const during = await sink.count();
    const sent = await traffic.stop();
    await sink.delay(0);
    const after = await drained(sink);

    traffic = startSender(sender, ports.udp, { version: 9, rate: RECOVERY_RATE });
    await Promise.race([sleep(lengthMs), collector.failed]);
    const sentAfter = await traffic.stop();
    const recovered = await drained(sink);

    const { ledger, sockets } = await readStatus(ports.tcp);
    const kernelDroppedPackets = sockets.reduce((sum, socket) => sum + (socket.droppedPackets ?? 0), 0);
    return {
      name,
      offered: sent.flows / sent.seconds,
      delivered: during.flows / sent.seconds,
      kernelDroppedPackets,
      dropped: Object.fromEntries(Object.entries(ledger.flowsDropped).filter(([, flows]) => flows > 0)),
      unaccountedPackets: sent.packets + sentAfter.packets - ledger.packets - kernelDroppedPackets,
      imbalance: ledger.imbalance,
      peakRssMib: peakRss(collector.pid),
      recoveryLoss: 1 - (recovered.flows - after.flows) / sentAfter.flows,
    };
  } finally {
    await traffic?.stop();
    await collector.stop();
    await sink.stop();
  }
}
