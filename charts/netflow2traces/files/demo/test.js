/** `helm test` of the demo: sends a flow that nobody else has, and finds its trace in Jaeger. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const { COLLECTOR, PORT, JAEGER, SERVICE, SECONDS } = process.env;
/** Of the addresses for benchmarks (RFC 2544), which are no host's. */
const source = [198, 18, randomInt(256), randomInt(256)];

/** NetFlow v5 with one flow, of TCP, that has just ended. */
function packet() {
  const [header, record] = [Buffer.alloc(24), Buffer.alloc(48)];
  const uptime = 60_000;
  header.writeUInt16BE(5);
  header.writeUInt16BE(1, 2);
  header.writeUInt32BE(uptime, 4);
  header.writeUInt32BE(Math.floor(Date.now() / 1_000), 8);
  record.set([...source, 198, 19, 0, 1]);
  record.writeUInt32BE(1, 16);
  record.writeUInt32BE(40, 20);
  record.writeUInt32BE(uptime, 24);
  record.writeUInt32BE(uptime, 28);
  record.writeUInt16BE(50_000, 32);
  record.writeUInt16BE(443, 34);
  record[38] = 6;
  return Buffer.concat([header, record]);
}

async function send() {
  const { address, family } = await lookup(COLLECTOR);
  const socket = createSocket(`udp${family}`);
  await new Promise((resolve, reject) => {
    socket.send(packet(), Number(PORT), address, (error) => (error ? reject(error) : resolve()));
  }).finally(() => socket.close());
}

async function find() {
  const tags = JSON.stringify({ 'source.address': source.join('.') });
  const response = await fetch(`${JAEGER}/api/traces?${new URLSearchParams({ service: SERVICE, tags, limit: '1' })}`);
  return (await response.json()).data?.[0];
}

const start = performance.now();
const seconds = () => ((performance.now() - start) / 1_000).toFixed(1);
for (let last = ''; ; await sleep(1_000)) {
  const trace = await send()
    .then(find)
    .catch((error) => {
      last = `: ${error.cause ?? error}`;
    });
  if (trace) {
    console.log(`a flow from ${source.join('.')} is in trace ${trace.traceID}, after ${seconds()} s`);
    break;
  }
  if (seconds() > Number(SECONDS)) {
    console.log(`no trace of a flow from ${source.join('.')} after ${seconds()} s${last}`);
    process.exit(1);
  }
}
