/**
 * The same as sender.c, for machines without a C compiler; dgram costs three to five times as much a packet. Run as a
 * process: `sender.ts PORT FILE FLOWS_PER_SECOND SECONDS [EXPORTERS]`.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { readTraffic } from './traffic-file.ts';

/** Backlog after which a stall is skipped and not made up for with a flood. */
const MAX_BACKLOG_SECONDS = 0.02;

const [port, path, rate, limit] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];
const traffic = readTraffic(readFileSync(path));
const rings = Object.values(Object.groupBy(traffic, ({ exporter }) => exporter)).map((ring) => ring!);
const exporters = await Promise.all(
  Array.from({ length: Number(process.argv[6] ?? rings.length) }, async (_, index) => {
    return { ring: rings[index % rings.length], socket: await openSocket(index), next: 0, sequence: 0 };
  }),
);
let stopped = false;
process.on('SIGTERM', () => {
  stopped = true;
});

const perSecond = (rate * traffic.length) / traffic.reduce((flows, packet) => flows + packet.flows, 0);
const most = Math.max(1, perSecond * MAX_BACKLOG_SECONDS);
const sent = { packets: 0, flows: 0, skippedPackets: 0, failedSends: 0 };
const start = performance.now();
let owed = 0;
for (let last = start, now = start; !stopped && now - start < limit * 1_000; last = now, now = performance.now()) {
  owed += ((now - last) / 1_000) * perSecond;
  if (owed > most) sent.skippedPackets += Math.round(owed - most);
  owed = Math.min(owed, most);
  const exporter = exporters[sent.packets % exporters.length];
  for (; owed >= 1; owed--) {
    const packet = exporter.ring[exporter.next];
    packet.bytes.writeUInt32BE(exporter.sequence >>> 0, packet.sequenceOffset);
    // dgram may send later: the ring is so long that the bytes are not written again before.
    exporter.socket.send(packet.bytes, (error) => {
      if (error) sent.failedSends++;
    });
    exporter.sequence += packet.sequenceStep;
    exporter.next = (exporter.next + 1) % exporter.ring.length;
    sent.packets++;
    sent.flows += packet.flows;
  }
  await setTimeout(1);
}
const seconds = (performance.now() - start) / 1_000;
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ...sent, seconds, cpuSeconds: (user + system) / 1e6 }));
for (const { socket } of exporters) socket.close();

async function openSocket(index: number): Promise<Socket> {
  const socket = createSocket('udp4');
  const host = 2 + index;
  socket.bind(0, `127.0.${host >> 8}.${host & 255}`);
  await once(socket, 'listening');
  socket.setSendBufferSize(4 * 2 ** 20);
  socket.connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
