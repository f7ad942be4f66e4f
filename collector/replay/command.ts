/**
 * `netflow2traces replay`: sends captured export packets to a collector. In: capture files. Out: UDP datagrams, at a
 * chosen pace, with times moved to now. To the collector it looks like any exporter.
 */
import { explained } from '../common/usage.ts';
import { type ExportPacket, listCaptures, readCapture } from './captures.ts';
import { parseReplayOptions, REPLAY_HELP, type ReplayOptions } from './options.ts';
import type { Fault } from './pcap.ts';
import { explainSending, send } from './send.ts';

/** Sends the captures that `args` name. Resolves with the exit code. */
export function replayCaptures(args: string[]): Promise<number> {
  const run = async (): Promise<void> => {
    const options = parseReplayOptions(args);
    if (options) await send('replay', readPackets('replay', options), options);
    else process.stdout.write(REPLAY_HELP);
  };
  return explained('replay', run, explainSending);
}

/** The packets of captures, for a command that says on standard error what it leaves out. Throws if there are none. */
export function readPackets(
  command: string,
  { paths, portFilter }: Pick<ReplayOptions, 'paths' | 'portFilter'>,
): ExportPacket[] {
  const packets = listCaptures(paths).flatMap((file) => {
    const capture = readCapture(file, portFilter);
    const { unit, fault } = capture;
    const left = [...capture.skipped].map(([why, count]) => `${count} ${count === 1 ? unit : `${unit}s`} ${why}`);
    if (left.length > 0) console.error(`${command}: ${file}: left out: ${left.join('; ')}`);
    if (fault) console.error(`${command}: ${file}: ${faultText(fault)}`);
    if (capture.packets.length === 0) console.error(`${command}: ${file}: no export packets in it`);
    return capture.packets;
  });
  if (packets.length === 0) {
    const what = portFilter === undefined ? 'NetFlow, IPFIX or sFlow packets' : `datagrams to port ${portFilter}`;
    throw new Error(`no ${what} in ${paths.join(', ')}`);
  }
  return packets;
}

function faultText({ at, why }: Fault): string {
  return why === 'truncated'
    ? `truncated: it ends within the packet that begins at byte ${at}`
    : `damaged: no packet begins at byte ${at}; what is there and behind is left out`;
}
