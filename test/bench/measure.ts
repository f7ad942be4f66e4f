/** One measured run: a subject, traffic at one rate, a sink. */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Version } from '../generator/traffic.ts';
import { freePorts, pin, start, until } from './child.ts';
import { createControlGroup } from './control-group.ts';
import { type Sender, type SenderRun, type Sink, startSender, startSink } from './helpers.ts';
import { cpuSeconds, machineCpu, peakRss, udpSocket } from './proc.ts';
import type { SinkCount } from './sink.ts';
import { readStatus } from './status.ts';
import { commandOf, type SubjectName, type Transport, type VariantName } from './subject.ts';

export type Row = {
  subject: SubjectName;
  version: Version | 'sflow';
  transport: Transport;
  /** Flows a second. */
  rate: number;
  /** In each packet; as many as fit one unless told. */
  records?: number;
  /** Of IPFIX: records have the beginnings of packets. */
  samples?: boolean;
  /** Flows a second while code is still being compiled; those of the row itself unless told. */
  warmUpRate?: number;
  /** Of the collector; flows are then counted where it receives them, not at the sink. */
  variant?: VariantName;
  /** Of the collector; it is then on one processor, sender and sink on the others. */
  scale?: { workers: number; exporters: number };
};

/** The warm-up lasts until `WARM_UP_FLOWS` were sent, within these bounds. */
export type Lengths = { minWarmUpMs: number; maxWarmUpMs: number; measureMs: number };

export type Result = Row & {
  /** CPU of the whole process and its children, user and system, in µs for each flow that reached the sink. */
  cpuPerFlow: number;
  /** Flows a second that reached the sink. */
  delivered: number;
  /** Share of the flows sent that never reached the sink, warm-up and drain included. */
  loss: number;
  peakRssMib: number;
  /** Share of the time in which garbage was collected; undefined for what is not Node. */
  gc?: number;
  /** CPU of the sender and of the sink, in µs a flow, and of everything else on the machine, in cores. */
  senderCpu: number;
  sinkCpu: number;
  othersCores: number;
  /** Flows that the collector's ledger has as exported less those that the sink has; 0 when the books balance. */
  ledgerError?: number;
};

/** Their flows count when they are sent, less those that the kernel had no room for. */
const WITHOUT_SPANS: readonly SubjectName[] = ['goflow2', 'nfacctd', 'nfcapd'];
/** They have children that end by themselves, and don't wait for them. */
const WITHOUT_BOOKS: readonly SubjectName[] = ['nfacctd'];
/** Code is compiled after a number of calls, not after a time. */
const WARM_UP_FLOWS = 900_000;
/** How long nothing may arrive at the sink before the run counts as drained. */
const DRAINED_MS = 1_500;
/** After another rate began. */
const SETTLED_MS = 500;

/** Looks where a process spends its time; it is started with these flags. */
export type Profiler = { nodeFlags: readonly string[]; record(pid: number, ms: number): Promise<void> };

/** Runs one row. Rejects when the subject fails or exports what is not OTLP. */
export async function measure(row: Row, lengths: Lengths, sender: Sender, profiler?: Profiler): Promise<Result> {
  const [own, others] = row.scale ? ['0', othersThan0()] : [];
  const sink = await startSink(others);
  const ports = await freePorts();
  const { subject: name, transport, variant, scale } = row;
  const how = { variant, workers: scale?.workers, nodeFlags: profiler?.nodeFlags };
  const group = WITHOUT_BOOKS.includes(name) ? createControlGroup() : undefined;
  const command = pin(commandOf(name, transport, ports, sink, how), own);
  const subject = start(group ? group.holding(command) : command);
  let traffic: SenderRun | undefined;
  try {
    await until(subject, () => udpSocket(ports.udp) !== undefined);
    const { minWarmUpMs, maxWarmUpMs } = lengths;
    const warmUpRate = row.warmUpRate ?? row.rate;
    const warmUpMs = Math.min(Math.max(minWarmUpMs, (WARM_UP_FLOWS / warmUpRate) * 1_000), maxWarmUpMs);
    const send = (rate: number): SenderRun =>
      startSender(sender, ports.udp, { ...row, rate, exporters: scale?.exporters }, others);
    traffic = send(warmUpRate);
    await Promise.race([sleep(warmUpMs), subject.failed]);
    let warmUpFlows = 0;
    if (row.warmUpRate) {
      warmUpFlows = (await traffic.stop()).flows;
      traffic = send(row.rate);
      await Promise.race([sleep(SETTLED_MS), subject.failed]);
    }
    const sample = async () => ({
      time: performance.now(),
      cpu: group ? group.cpuSeconds() : cpuSeconds(subject.pid),
      machine: machineCpu().busy,
      gcMs: gcMilliseconds(subject.output()),
      sink: await sink.count(),
      received: row.variant ? (await readStatus(ports.tcp)).ledger.flows : undefined,
      dropped: udpSocket(ports.udp)!.dropped,
    });
    const before = await sample();
    await Promise.race([profiler?.record(subject.pid, lengths.measureMs) ?? sleep(lengths.measureMs), subject.failed]);
    const after = await sample();
    const sent = await traffic.stop();
    const dropped = udpSocket(ports.udp)!.dropped;
    const hasSpans = !WITHOUT_SPANS.includes(row.subject);
    const total = hasSpans ? await drained(sink) : after.sink;
    if (total.invalid > 0)
      throw new Error(`${row.subject} sent ${total.invalid} requests that are not OTLP: ${total.error}`);

    const elapsed = (after.time - before.time) / 1_000;
    const perPacket = sent.flows / sent.packets;
    const flows = hasSpans
      ? (after.received ?? after.sink.flows) - (before.received ?? before.sink.flows)
      : (sent.flows / sent.seconds) * elapsed - (after.dropped - before.dropped) * perPacket;
    const ledger = row.subject === 'collector' ? (await readStatus(ports.tcp)).ledger : undefined;
    const sentFlows = warmUpFlows + sent.flows;
    const reached = hasSpans ? total.flows : sentFlows - dropped * perPacket;
    const arrived = row.variant ? ledger!.flows : reached;
    const cpu = after.cpu - before.cpu;
    const sinkCpu = after.sink.cpuSeconds - before.sink.cpuSeconds;
    const senderCpu = (sent.cpuSeconds / sent.seconds) * elapsed;
    return {
      ...row,
      cpuPerFlow: (cpu / flows) * 1e6,
      delivered: flows / elapsed,
      loss: 1 - arrived / sentFlows,
      peakRssMib: peakRss(subject.pid),
      gc: before.gcMs === undefined ? undefined : (after.gcMs! - before.gcMs) / 1_000 / elapsed,
      senderCpu: (senderCpu / flows) * 1e6,
      sinkCpu: (sinkCpu / flows) * 1e6,
      othersCores: Math.max(0, (after.machine - before.machine - cpu - sinkCpu - senderCpu) / elapsed),
      ledgerError: ledger && ledger.flowsExported - total.flows,
    };
  } finally {
    await traffic?.stop();
    await subject.stop();
    await group?.remove();
    await sink.stop();
  }
}

/** All processors but the first, as `taskset` lists them. */
function othersThan0(): string {
  const last = cpus().length - 1;
  if (last < 1) throw new Error('--scale needs two processors');
  return `1-${last}`;
}

/** What the sink has when nothing arrives any more. */
export async function drained(sink: Sink): Promise<SinkCount> {
  let last = await sink.count();
  for (;;) {
    await sleep(DRAINED_MS);
    const now = await sink.count();
    if (now.flows === last.flows) return now;
    last = now;
  }
}

/** Milliseconds of all collections that --trace-gc told of so far, in all threads; undefined when it was not on. */
export function gcMilliseconds(output: string): number | undefined {
  if (!output.includes(' ms: ')) return undefined;
  return [...output.matchAll(/ ms: (?:Scavenge|Mark-Compact|Minor).* MB, ([\d.]+) \/ /g)].reduce(
    (total, [, milliseconds]) => total + Number(milliseconds),
    0,
  );
}
