/** The command line of `netflow2traces replay`, and what that of `demo` has in common with it. */
import { parseArgs } from 'node:util';
import { table } from '../../crds/common/help.ts';
import { orUsageError, UsageError } from '../common/usage.ts';

export const REPLAY_HELP = `Sends captured NetFlow, IPFIX and sFlow packets to a collector.

Usage: netflow2traces replay [OPTIONS] FILE|DIR...

${table([
  [
    'FILE',
    'pcap or pcapng (Ethernet, Linux cooked, raw IP, loopback): every UDP datagram that begins as an export packet of version 1, 5, 7, 9, 10 (IPFIX) or of sFlow 5 does, also inside VLAN tags, MPLS, PPPoE, GRE, VXLAN, Geneve, IP in IP; IP fragments are put together. What is left out, and why, is said on standard error.',
  ],
  [
    '',
    'An IPFIX file (RFC 5655) is messages one after another, with their Export Time as time; those too long for a datagram are split between sets.',
  ],
  ['', 'Any other file is a raw export packet, or several v1, v5 or v7 packets one after another.'],
  ['', 'All may be compressed by gzip or zstd.'],
  [
    'DIR',
    'every *.pcap, *.pcapng, *.cap, *.ipfix, *.yaf, *.bin, *.dat and *.dump in it and its folders, also with .gz or .zst, by name; but of names that begin alike, those with "tpl" or "template" before those with "data".',
  ],
])}
${table([
  ['--to HOST:PORT', 'where the collector listens (default 127.0.0.1:2055; IPv6 as [::1]:2055)'],
  ['--rate N', 'packets per second (default 100)'],
  ['--original-timing', 'keep the gaps between packets as captured; raw packets have none'],
  [
    '--no-shift-times',
    'keep the times of the capture. Else flows end about now; shifted are: the Export Time in each header, on which the flow times of v1, v5, v7 and most v9 exporters depend; and in v9 and IPFIX records whose template was in the capture, the absolute times: elements 150-157, 160, 258, 260, 261, 264, 265, 268-273, 322-325. sFlow tells no times.',
  ],
  [
    '--loop N|forever',
    'send everything N times (default 1); from the second time on, sequence numbers go on from those of the time before, as those of a device that keeps running do',
  ],
  ['--port-filter PORT', 'from pcap and pcapng, take all datagrams sent to this port, and only those'],
  ['--source-port PORT', 'send from this port (default: any free port)'],
  [
    '--distinct-sources',
    'give each exporter an address of its own: 127.0.0.2, 127.0.0.3, ... Exporters are told apart by their source address; raw files, which have none, by folder. The collector must listen on a loopback IPv4 address; on macOS such addresses must first be made (ifconfig lo0 alias).',
  ],
  ['-h, --help', 'show this'],
])}
Examples:
  netflow2traces replay router.pcap
  netflow2traces replay --to [::1]:9995 --original-timing --loop forever captures/
`;

/** Where packets are sent, and how. */
export type SendOptions = {
  host: string;
  port: number;
  /** Packets per second; undefined for the capture's own timing. */
  rate: number | undefined;
  shiftTimes: boolean;
  /** Infinity for ever. */
  rounds: number;
  sourcePort: number | undefined;
  distinctSources: boolean;
};

export type ReplayOptions = SendOptions & { paths: string[]; portFilter: number | undefined };

/** Of every command that sends packets. */
export const SEND_OPTIONS = {
  to: { type: 'string', default: '127.0.0.1:2055' },
  rate: { type: 'string' },
  loop: { type: 'string', default: '1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const REPLAY_OPTIONS = {
  ...SEND_OPTIONS,
  'original-timing': { type: 'boolean', default: false },
  'shift-times': { type: 'boolean', default: true },
  'port-filter': { type: 'string' },
  'source-port': { type: 'string' },
  'distinct-sources': { type: 'boolean', default: false },
} as const;

/** Reads the command line of `replay`; undefined when help is asked for. Throws UsageError. */
export function parseReplayOptions(args: string[]): ReplayOptions | undefined {
  const { values, positionals } = orUsageError(() =>
    parseArgs({ args, allowPositionals: true, allowNegative: true, options: REPLAY_OPTIONS }),
  );
  if (values.help) return undefined;
  if (positionals.length === 0) throw new UsageError('name a capture file or a folder of them');
  if (values.rate !== undefined && values['original-timing']) {
    throw new UsageError('--rate and --original-timing exclude each other; give one');
  }
  return {
    paths: positionals,
    ...destination(values.to),
    rate: values['original-timing'] ? undefined : packetRate(values.rate),
    shiftTimes: values['shift-times'],
    rounds: rounds(values.loop),
    portFilter: portNumber('--port-filter', values['port-filter']),
    sourcePort: portNumber('--source-port', values['source-port']),
    distinctSources: values['distinct-sources'],
  };
}

/** What --to names. Throws UsageError. */
export function destination(text: string): Pick<SendOptions, 'host' | 'port'> {
  const to = /^(?:\[(?<ipv6>[^\]]+)\]|(?<name>[^:]+)):(?<port>\d+)$/.exec(text)?.groups;
  if (!to) throw new UsageError(`--to ${text}: write HOST:PORT, such as 127.0.0.1:2055 or [::1]:2055`);
  return { host: to.ipv6 ?? to.name, port: portNumber('--to', to.port)! };
}

/** What --rate says, in packets per second. Throws UsageError. */
export function packetRate(text = '100'): number {
  const rate = Number(text);
  if (!(rate > 0 && rate < Infinity)) throw new UsageError(`--rate ${text}: write a number above 0`);
  return rate;
}

/** What --loop says; Infinity for "forever". Throws UsageError. */
export function rounds(text: string): number {
  if (text === 'forever') return Infinity;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--loop ${text}: write how many times, or "forever"`);
  return Number(text);
}

/** The number of a port that an option names, if it is given. Throws UsageError. */
export function portNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new UsageError(`${option} ${text}: a port is a number from 1 to 65535`);
  }
  return port;
}
