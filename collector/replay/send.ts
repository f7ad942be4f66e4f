/** Sends packets for a command, and tells its user what comes of it. */
import { formatHostPort } from '../../crds/common/host-port.ts';
import { howToRun } from '../common/how-to-run.ts';
import { byVersion, type ToldVersion, versionName } from '../common/version-name.ts';
import type { ExportPacket } from './captures.ts';
import type { SendOptions } from './options.ts';
import { type Progress, replay } from './replay.ts';
import { createSender } from './sender.ts';

const PROGRESS_INTERVAL_MS = 5_000;

/** Sends the packets until a signal comes; says on standard output what was sent. Rejects with the system's errors. */
export async function send(command: string, packets: readonly ExportPacket[], options: SendOptions): Promise<void> {
  const sender = await createSender(options);
  const progress: Progress = { packets: 0, bytes: 0, versions: new Map() };
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const report = setInterval(() => {
    console.error(`${command}: ${progress.packets} packets in ${seconds().toFixed(0)} s`);
  }, PROGRESS_INTERVAL_MS);
  try {
    await replay(packets, options, sender, progress, stop.signal);
    const duration = seconds();
    await sender.settle();
    console.log(`${command}: ${summary(progress, options, duration)}`);
  } finally {
    clearInterval(report);
    sender.close();
  }
}

function summary({ packets, bytes, versions }: Progress, { host, port }: SendOptions, seconds: number): string {
  const names = [...versions]
    .sort(([a], [b]) => byVersion(a, b))
    .map(([version, count]) => `${count} ${nameOf(version)}`);
  return `sent ${packets} packets (${names.join(', ')}), ${bytes} bytes, in ${seconds.toFixed(1)} s to ${formatHostPort(host, port)}`;
}

function nameOf(version: ToldVersion): string {
  return version === 0 ? 'of no known version' : versionName(version);
}

/** What went wrong when packets were to be sent, and what to do about it. */
export function explainSending(error: NodeJS.ErrnoException): string | undefined {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `nobody listens there (ECONNREFUSED); is the collector running? Start it with: ${howToRun()}`;
    case 'EMSGSIZE':
      return 'a packet of the capture is larger than a UDP datagram can be (EMSGSIZE)';
    case 'EADDRNOTAVAIL':
      return `${error.message}; --distinct-sources needs loopback addresses, and a collector that listens on one`;
    case 'EADDRINUSE':
      return `${error.message}; choose another --source-port`;
    case 'ENOTFOUND':
      return `unknown host in --to: ${error.message}`;
    default:
      return undefined;
  }
}
