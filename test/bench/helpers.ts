/** The bench's own processes: the sender and the sink. Both report what they cost, so that it can be seen. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSflowTraffic } from '../generator/sflow.ts';
import { buildTraffic, type SentPacket, type Version } from '../generator/traffic.ts';
import { type Command, pin, start, until } from './child.ts';
import type { SinkCount, SinkStart } from './sink.ts';
import { writeTraffic } from './traffic-file.ts';

/** What a sender prints when it stops. */
export type SenderReport = {
  packets: number;
  flows: number;
  seconds: number;
  cpuSeconds: number;
  skippedPackets: number;
  failedSends: number;
};

export type Sender = { kind: 'C' | 'Node'; command: Command };
export type SenderRun = { stop(): Promise<SenderReport> };
export type Sink = SinkStart & {
  count(): Promise<SinkCount>;
  /** From now on each answer takes this long. */
  delay(milliseconds: number): Promise<void>;
  stop(): Promise<string>;
};

const HERE = import.meta.dirname;
/** Longest that a sender runs when nothing stops it. */
const SENDER_LIMIT_SECONDS = '600';

/** Where built helpers are kept, outside the tree. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'netflow2traces');
}

/** The sender in C, compiled once for each state of its source, or in Node where there is no compiler. */
export function findSender(): Sender {
  const source = join(HERE, 'sender.c');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const binary = join(cacheFolder(), `sender-${hash}`);
  try {
    if (!existsSync(binary)) {
      mkdirSync(cacheFolder(), { recursive: true });
      execFileSync('cc', ['-O2', '-o', `${binary}.${process.pid}`, source]);
      renameSync(`${binary}.${process.pid}`, binary);
    }
    return { kind: 'C', command: { command: binary, args: [] } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { kind: 'Node', command: { command: process.execPath, args: [join(HERE, 'sender.ts')] } };
  }
}

/**
 * Flows a second, with so many records in each packet, or as many as fit one, from so many exporters, or four.
 * `samples` of IPFIX are beginnings of packets.
 */
export type Traffic = {
  version: Version | 'sflow';
  rate: number;
  records?: number | undefined;
  samples?: boolean | undefined;
  exporters?: number | undefined;
};

/**
 * Starts sending traffic to a UDP port. Its packets are built anew, so that their times are now. `stop` may be called
 * again.
 */
export function startSender(sender: Sender, port: number, traffic: Traffic, processors?: string): SenderRun {
  const { rate, exporters } = traffic;
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-bench-'));
  const file = join(folder, 'traffic');
  writeFileSync(file, writeTraffic(packetsOf(traffic)));
  const { command, args } = sender.command;
  const own = [port, file, rate, SENDER_LIMIT_SECONDS, ...(exporters ? [exporters] : [])].map(String);
  const child = start(pin({ command, args: [...args, ...own] }, processors));
  return {
    async stop() {
      const output = await child.stop();
      rmSync(folder, { recursive: true, force: true });
      return JSON.parse(output) as SenderReport;
    },
  };
}

function packetsOf({ version, records, samples }: Traffic): SentPacket[] {
  const options = { ...(records && { records }), now: Date.now() };
  return version === 'sflow' ? buildSflowTraffic(options) : buildTraffic({ ...options, version, samples });
}

/** Starts a sink. */
export async function startSink(processors?: string): Promise<Sink> {
  const child = start(pin({ command: process.execPath, args: [join(HERE, 'sink.ts')] }, processors));
  await until(child, () => child.output().includes('\n'));
  const started = JSON.parse(child.output()) as SinkStart;
  const url = `http://127.0.0.1:${started.ports.http}`;
  return {
    ...started,
    count: async () => (await fetch(`${url}/count`)).json() as Promise<SinkCount>,
    delay: async (milliseconds) => {
      await fetch(`${url}/delay/${milliseconds}`, { method: 'PUT' });
    },
    stop: () => child.stop(),
  };
}
