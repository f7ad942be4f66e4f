/**
 * Flows that can be told apart, at an even rate, from exporters that send their templates, and in options data when
 * they were started, only once: a process of its own, so that it keeps its pace.
 *
 *     node test/cluster/steady-traffic.ts RATE PORT STARTED SOURCE=DESTINATION…
 *
 * Each packet is an IPFIX message with one flow, whose octetDeltaCount is a number that no other has. Each flow began
 * a second after STARTED (Unix milliseconds), by the exporter's uptime. SIGTERM ends it; then it prints how many flows
 * it sent, which are numbered from 1.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ipfixMessage } from '../generator/packet.ts';

const TICK_MS = 4;
/** Time for the templates to be learned. */
const TEMPLATE_MS = 2_000;
/** sourceIPv4Address, destinationIPv4Address, protocolIdentifier, octetDeltaCount, flowStartSysUpTime. */
const TEMPLATE_SET = Buffer.from('0002001c0100000500080004000c0004000400010001000800160004', 'hex');
/** observationDomainId; systemInitTimeMilliseconds. */
const OPTIONS_TEMPLATE_SET = Buffer.from('000300120101000200010095000400a00008', 'hex');
const DATA_SET_LENGTH = 4 + 21;
const FLOW_START_MS = 1_000;

type Exporter = { socket: Socket; destination: string; domain: number; sequence: number };

const [rate, port, started, ...routes] = process.argv.slice(2);
const exporters: Exporter[] = [];
for (const [index, route] of routes.entries()) {
  const [source, destination] = route.split('=');
  const socket = createSocket('udp4').bind(0, source);
  await once(socket, 'listening');
  exporters.push({ socket, destination, domain: index + 1, sequence: 0 });
}

let flows = 0;
let stopped = false;
process.once('SIGTERM', () => {
  stopped = true;
});

await Promise.all(
  exporters.map((exporter) => send(exporter, TEMPLATE_SET, OPTIONS_TEMPLATE_SET, optionsSet(exporter.domain))),
);
for (const exporter of exporters) exporter.sequence++; // the record of options data
await new Promise((resolve) => setTimeout(resolve, TEMPLATE_MS));
const start = performance.now();
while (!stopped) {
  const due = ((performance.now() - start) / 1_000) * Number(rate);
  const sent: Promise<void>[] = [];
  while (flows < due) {
    const exporter = exporters[flows % exporters.length];
    flows++;
    sent.push(send(exporter, dataSet(flows)));
    exporter.sequence++;
  }
  await Promise.all(sent);
  await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
for (const { socket } of exporters) socket.close();
console.log(flows);

function dataSet(flow: number): Buffer {
  const set = Buffer.alloc(DATA_SET_LENGTH);
  set.writeUInt16BE(256, 0);
  set.writeUInt16BE(set.length, 2);
  set.writeUInt32BE(0x0a00_0001, 4);
  set.writeUInt32BE(0x0a00_0002, 8);
  set[12] = 17;
  set.writeBigUInt64BE(BigInt(flow), 13);
  set.writeUInt32BE(FLOW_START_MS, 21);
  return set;
}

function optionsSet(domain: number): Buffer {
  const set = Buffer.alloc(16);
  set.writeUInt16BE(257, 0);
  set.writeUInt16BE(set.length, 2);
  set.writeUInt32BE(domain, 4);
  set.writeBigUInt64BE(BigInt(started), 8);
  return set;
}

function send({ socket, destination, domain, sequence }: Exporter, ...sets: Buffer[]): Promise<void> {
  const message = ipfixMessage({ exportTime: Math.floor(Date.now() / 1_000), sequence, domain }, sets);
  return new Promise((resolve, reject) => {
    socket.send(message, Number(port), destination, (error) => (error ? reject(error) : resolve()));
  });
}
