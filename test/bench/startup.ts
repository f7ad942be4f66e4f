/** How long the collector takes from its start to an open socket, and what it then occupies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, start, until } from './child.ts';
import { peakRss, udpPortOpen } from './proc.ts';
import { commandOf } from './subject.ts';

export type StartupResult = { milliseconds: number; rssMib: number };

const DISCARD_PORT = 9;
const NO_SINK = {
  ports: { grpc: DISCARD_PORT, http: DISCARD_PORT, 'grpc+tls': DISCARD_PORT, 'http+tls': DISCARD_PORT },
  caFile: '',
};
/** Memory is read when it has settled. */
const SETTLED_MS = 500;

/** Starts the collector once. Its backend does not answer, which a start must not wait for. */
export async function startup(): Promise<StartupResult> {
  const ports = await freePorts();
  const began = performance.now();
  const collector = start(commandOf('collector', 'grpc', ports, NO_SINK));
  try {
    await until(collector, () => udpPortOpen(ports.udp));
    const milliseconds = performance.now() - began;
    await sleep(SETTLED_MS);
    return { milliseconds, rssMib: peakRss(collector.pid) };
  } finally {
    await collector.stop();
  }
}
