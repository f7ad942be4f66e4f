/** The command line of `netflow2traces demo`. */
import { parseArgs } from 'node:util';
import { table } from '../../crds/common/help.ts';
import { orUsageError } from '../common/usage.ts';
import { destination, packetRate, rounds, SEND_OPTIONS, type SendOptions } from '../replay/options.ts';

export const DEMO_HELP = `Shows a small network: starts a collector and gives it what seven devices of one have exported,
again and again, with times as if exported now: NetFlow v5, v9, IPFIX and sFlow; TCP, UDP and ICMP;
IPv4 and IPv6; a firewall's NAT events. Names of networks and services come with it. Look at
http://localhost:9464/ until Ctrl-C ends it.

Usage: netflow2traces demo [FLAGS]
       netflow2traces demo --to HOST:PORT [OPTIONS]

${table([
  [
    'FLAGS',
    "those of the collector, and its environment; see netflow2traces --help. With --config FILE, that file says all, and the demo's names and services are not used.",
  ],
  ['--to HOST:PORT', 'send to a collector that runs, such as 127.0.0.1:2055 or [::1]:2055, instead of starting one'],
  ['--rate N', 'packets per second (default 100)'],
  ['--loop N|forever', 'send everything N times (default 1)'],
  ['-h, --help', 'show this'],
])}
Examples:
  netflow2traces demo --otlp-endpoint http://localhost:4317   the same in your tracing backend
  netflow2traces demo --to 127.0.0.1:2055 --loop forever

On Linux and Windows each device has a loopback address of its own, from 127.0.0.2 on. The packets
come from the tests of telegraf (MIT, Copyright (c) 2015-2018 InfluxData Inc.) and of
logstash-codec-netflow (Apache-2.0).
`;

/** Start a collector with these arguments; send to one that runs; or show help. */
export type DemoOptions =
  | { kind: 'collect'; args: string[] }
  | { kind: 'send'; options: SendOptions }
  | { kind: 'help' };

/** Reads the command line of `demo`. Throws UsageError. */
export function parseDemoOptions(args: string[]): DemoOptions {
  if (args.some((arg) => arg === '-h' || arg === '--help')) return { kind: 'help' };
  if (!args.some((arg) => /^--to(=|$)/.test(arg))) return { kind: 'collect', args };
  const { values } = orUsageError(() => parseArgs({ args, options: SEND_OPTIONS }));
  return {
    kind: 'send',
    options: {
      ...demoDelivery(destination(values.to)),
      rate: packetRate(values.rate),
      rounds: rounds(values.loop),
    },
  };
}

/** How the demo's packets reach a collector; of the rest of the options those that are the same wherever it is. */
export function demoDelivery(to: Pick<SendOptions, 'host' | 'port'>): Omit<SendOptions, 'rate' | 'rounds'> {
  // macOS has 127.0.0.1 alone.
  const distinctSources = to.host.startsWith('127.') && process.platform !== 'darwin';
  return { ...to, shiftTimes: true, sourcePort: undefined, distinctSources };
}
