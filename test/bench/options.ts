/** The command line of the bench. */
import { parseArgs } from 'node:util';
import type { Version } from '../generator/traffic.ts';
import { BESIDE_LENGTHS, besideRows } from './beside.ts';
import type { Lengths, Row } from './measure.ts';
import { OVERLOADS, type OverloadName } from './overload.ts';
import { VARIANTS, type VariantName } from './subject.ts';

export const USAGE = `npm run bench -- [OPTIONS]

  --only WHAT     Only these rows, and it may be repeated. A whole label, such as v9/grpc/300k or "v9/grpc/300k drop-90%", is
                  that row alone; else parts joined by "/" must all fit, so that v9/300k has all variants too:
                  v9, http, tls, gzip, zstd, 120k, drop-90%, networks-100k, durable, 1-record, 4-record, samples, sflow, sdk,
                  goflow2, scapy, startup, overload, stalled
  --quick         One short round.
  --rounds N      Rounds, interleaved: every row once, then every row again. (default 3)
  --peers         Also the OpenTelemetry Collector with goflow2's decoder, goflow2 on samples, and Scapy with the SDK.
                  Builds them first.
  --scale         Other rows: the collector on one processor, with 1, 2 and 4 workers and 1 to 10,000 exporters. Five minutes.
  --beside        Other rows: v9 at 1, 4 and 24 records a packet and three rates, here and in other programs. Ten minutes;
                  whole, it writes speed.md in docs. Takes Go, and Debian's nfdump and pmacct.
  --profile       Where the CPU time of the rows goes: one short round under perf (Debian: linux-perf).
  --json          JSON on standard output instead of tables.
  --force         Measure although the machine is busy.
`;

export type Options = {
  rows: Row[];
  overloads: OverloadName[];
  startup: boolean;
  /** Whether the rows are those beside other programs, to be told in a document. */
  beside: boolean;
  /** Whether every row is measured, at full length. */
  whole: boolean;
  rounds: number;
  lengths: Lengths;
  profile: boolean;
  json: boolean;
  force: boolean;
};

const FULL: Lengths = { minWarmUpMs: 3_000, maxWarmUpMs: 20_000, measureMs: 8_000 };
const QUICK: Lengths = { minWarmUpMs: 2_000, maxWarmUpMs: 5_000, measureMs: 3_000 };
/** What the stock SDK, and what Python, take without loss on one modest core. */
const SDK_RATE = 20_000;
const PYTHON_RATE = 1_500;
const PEER_RATE = 50_000;
/** Low enough that one processor takes it from any number of exporters. */
const SCALE_RATE = 300_000;
/** What firewalls, small routers and switches that sample put into a packet, and packets a second of them. */
const FEW_RECORDS = [1, 4];
const FEW_RECORDS_PACKETS = 10_000;
/** Sampled headers a second, in IPFIX and in sFlow. */
const SAMPLE_RATE = 60_000;

/** Throws with a message for the user when the command line is not understood. */
export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      peers: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      beside: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick || values.profile || values.beside ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be a whole number, not ${values.rounds}`);
  const special = values.scale || values.beside;
  const rows = values.scale ? scaleRows() : values.beside ? besideRows() : allRows(values.peers);
  const labels = new Set(rows.map((row) => rowLabel(row).toLowerCase()));
  const wanted = values.only.map((only) => only.toLowerCase());
  const chosen = (label: string) =>
    wanted.length === 0 ||
    wanted.some((only) => {
      return labels.has(only) ? only === label : only.split('/').every((part) => namesIn(label).includes(part));
    });

  const options = {
    rows: rows.filter((row) => chosen(rowLabel(row).toLowerCase())),
    overloads: special ? [] : OVERLOADS.filter(chosen),
    startup: !special && chosen('startup'),
    rounds,
    lengths: values.quick ? QUICK : values.beside ? BESIDE_LENGTHS : FULL,
    beside: values.beside,
    whole: values.only.length === 0 && !values.quick,
    profile: values.profile,
    json: values.json,
    force: values.force,
  };
  if (options.rows.length + options.overloads.length === 0 && !options.startup) {
    throw new Error(`no row is called ${values.only.join(' or ')}`);
  }
  return options;
}

/**
 * Such as "v9/grpc/300k", with what is special about it behind it: its packets, the variant, the subject, how it runs.
 */
export function rowLabel({ subject, version, transport, rate, records, samples, variant, scale }: Row): string {
  const format = { 5: 'v5', 9: 'v9', 10: 'ipfix', sflow: 'sflow' }[version];
  const name = `${format}/${transport}/${rate / 1_000}k`;
  const packets = [records && `${records}-record`, samples && 'samples'];
  const what = subject === 'collector' ? variant : subject;
  const scaled = scale && `${scale.workers}-worker ${scale.exporters}-exporter`;
  return [name, ...packets, what, scaled].filter(Boolean).join(' ');
}

/** "v9", "grpc+tls", "tls" and so on. */
function namesIn(label: string): string[] {
  return label.split(/[/ ]/).flatMap((name) => [name, ...name.split('+').slice(1)]);
}

/** More workers with as many exporters as they share evenly; then more exporters. */
function scaleRows(): Row[] {
  const row = (workers: number, exporters: number): Row => {
    return { subject: 'collector', version: 9, transport: 'grpc', rate: SCALE_RATE, scale: { workers, exporters } };
  };
  return [row(1, 100), row(2, 100), row(4, 100), row(1, 1), row(1, 2_000), row(1, 10_000)];
}

function allRows(peers: boolean): Row[] {
  const collector = (version: Version, transport: Row['transport'], rate: number): Row => {
    return { subject: 'collector', version, transport, rate };
  };
  const rows: Row[] = [{ subject: 'stock SDK', version: 9, transport: 'grpc', rate: SDK_RATE }];
  for (const version of [9, 5, 10] as const) {
    for (const transport of ['grpc', 'http'] as const) {
      for (const rate of [120_000, 300_000]) rows.push(collector(version, transport, rate));
    }
  }
  for (const transport of ['grpc+tls', 'http+tls', 'grpc+gzip', 'http+gzip', 'grpc+zstd', 'http+zstd'] as const) {
    rows.push(collector(9, transport, 120_000));
  }
  for (const variant of Object.keys(VARIANTS) as VariantName[]) {
    // The disk is not as fast as a core.
    rows.push({ ...collector(9, 'grpc', variant === 'durable' ? 120_000 : 300_000), variant });
  }
  for (const records of FEW_RECORDS) rows.push({ ...collector(9, 'grpc', records * FEW_RECORDS_PACKETS), records });
  const samples: Row[] = [
    { ...collector(10, 'grpc', SAMPLE_RATE), samples: true },
    { ...collector(9, 'grpc', SAMPLE_RATE), version: 'sflow' },
  ];
  rows.push(...samples);
  if (!peers) return rows;
  return [
    ...rows,
    ...samples.map((row): Row => ({ ...row, subject: 'goflow2' })),
    { subject: 'otelcol + goflow2', version: 9, transport: 'grpc', rate: PEER_RATE },
    collector(9, 'grpc', PEER_RATE),
    { subject: 'Scapy + SDK', version: 5, transport: 'grpc', rate: PYTHON_RATE },
    collector(5, 'grpc', PYTHON_RATE),
  ];
}
