/**
 * `netflow2traces replay` and `demo`: send captured export packets to a collector. In: capture files, or the packets
 * that are built in. Out: UDP datagrams, at a chosen pace, with times moved to now if asked. To the collector it looks
 * like any exporter.
 */
import { formatHostPort } from '../../crds/common/host-port.ts';
import { howToRun } from '../common/how-to-run.ts';
import { type ExportPacket, listCaptures, readCapture } from './captures.ts';
import { demoPackets } from './demo.ts';
import {
  DEMO_HELP,
  parseDemoOptions,
  parseReplayOptions,
  REPLAY_HELP,
  type ReplayOptions,
  type SendOptions,
  UsageError,
} from './options.ts';
import { type Progress, replay } from './replay.ts';
import { createSender } from './sender.ts';

const PROGRESS_INTERVAL_MS = 5_000;

/** Sends the captures that `args` name. Resolves with the exit code. */
export function replayCaptures(args: string[]): Promise<number> {
  return explained('replay', async () => {
    const options = parseReplayOptions(args);
    if (options) await send('replay', readPackets(options), options);
    else process.stdout.write(REPLAY_HELP);
  });
}

/** Sends the packets of the demo. Resolves with the exit code. */
export function sendDemo(args: string[]): Promise<number> {
  return explained('demo', async () => {
    const options = parseDemoOptions(args);
    if (options) await send('demo', demoPackets(), options);
    else process.stdout.write(DEMO_HELP);
  });
}

async function explained(command: string, run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    console.error(`${command}: ${explain(error as NodeJS.ErrnoException, command)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function send(command: string, packets: readonly ExportPacket[], options: SendOptions): Promise<void> {
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

function readPackets({ paths, portFilter }: ReplayOptions): ExportPacket[] {
  const packets = listCaptures(paths).flatMap((file) => {
    const capture = readCapture(file, portFilter);
    const lost = [
      capture.fragments > 0 && `${capture.fragments} IP fragments`,
      capture.cutOff > 0 && `${capture.cutOff} datagrams cut off by the capture's snap length`,
      capture.packets.length === 0 && 'no export packets in it',
    ].filter((text) => text !== false);
    if (lost.length > 0) console.error(`replay: ${file}: left out: ${lost.join(', ')}`);
    return capture.packets;
  });
  if (packets.length === 0) {
    const what = portFilter === undefined ? 'NetFlow or IPFIX packets' : `datagrams to port ${portFilter}`;
    throw new Error(`no ${what} in ${paths.join(', ')}`);
  }
  return packets;
}

function summary({ packets, bytes, versions }: Progress, { host, port }: SendOptions, seconds: number): string {
  const names = [...versions].sort(([a], [b]) => a - b).map(([version, count]) => `${count} ${versionName(version)}`);
  return `sent ${packets} packets (${names.join(', ')}), ${bytes} bytes, in ${seconds.toFixed(1)} s to ${formatHostPort(host, port)}`;
}

function versionName(version: number): string {
  if (version === 0) return 'of no known version';
  return version === 10 ? 'IPFIX' : `v${version}`;
}

/** What went wrong and what to do about it. */
function explain(error: NodeJS.ErrnoException, command: string): string {
  switch (error.code) {
    case 'ENOENT':
      return `no such file or folder: ${error.path}`;
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
      return error instanceof UsageError ? `${error.message}\nSee: ${howToRun([command, '--help'])}` : error.message;
  }
}
