/**
 * `netflow2traces replay`: sends captured export packets to a collector. In: capture files. Out: UDP datagrams, at a
 * chosen pace, with times moved to now. To the collector it looks like any exporter.
 */
import { type ExportPacket, listCaptures, readCapture } from './captures.ts';
import { parseReplayOptions, REPLAY_HELP, type ReplayOptions } from './options.ts';
import { explained, send } from './send.ts';

/** Sends the captures that `args` name. Resolves with the exit code. */
export function replayCaptures(args: string[]): Promise<number> {
  return explained('replay', async () => {
    const options = parseReplayOptions(args);
    if (options) await send('replay', readPackets(options), options);
    else process.stdout.write(REPLAY_HELP);
  });
}

function readPackets({ paths, portFilter }: ReplayOptions): ExportPacket[] {
  const packets = listCaptures(paths).flatMap((file) => {
    const capture = readCapture(file, portFilter);
    const left = [...capture.skipped].map(([why, count]) => `${count} ${count === 1 ? 'frame' : 'frames'} ${why}`);
    if (left.length > 0) console.error(`replay: ${file}: left out: ${left.join('; ')}`);
    if (capture.isTruncated) console.error(`replay: ${file}: truncated: it ends within a packet`);
    if (capture.packets.length === 0) console.error(`replay: ${file}: no export packets in it`);
    return capture.packets;
  });
  if (packets.length === 0) {
    const what = portFilter === undefined ? 'NetFlow or IPFIX packets' : `datagrams to port ${portFilter}`;
    throw new Error(`no ${what} in ${paths.join(', ')}`);
  }
  return packets;
}
