/** What `top` shows of a status. */
import { printable } from '../../crds/common/text.ts';
import { versionName } from '../common/version-name.ts';
import type { ExporterState } from '../telemetry/state.ts';
import type { Status } from '../telemetry/status.ts';
import type { Talker, TopTalkers } from '../telemetry/talker-rates.ts';

/** Of a terminal, in characters. */
export type Size = { columns: number; rows: number };

/** Rows of each list where nothing else bounds them; on a terminal they share its rows. */
const MAX_ROWS = 20;
const MIN_ROWS = 1;
const KINDS = {
  sources: ['SOURCES', 'source.address'],
  destinations: ['DESTINATIONS', 'destination.address'],
  conversations: ['CONVERSATIONS', 'source.address', 'destination.address'],
  ports: ['PORTS', 'network.transport', 'server.port'],
  services: ['SERVICES', 'server.service.name'],
} as const satisfies Record<Exclude<keyof TopTalkers, 'seconds'>, readonly [title: string, ...names: string[]]>;

/**
 * A status, and rates of exporters since an earlier one. It has no more lines than `rows`, none longer than `columns`.
 */
export function topText(status: Status, before: Status, url: URL, { columns, rows }: Partial<Size> = {}): string {
  const head = headOf(status, url);
  const lists = [...talkerLists(status), exporterList(status, before)];
  const room = (rows ?? Number.POSITIVE_INFINITY) - head.length - 2 * lists.length;
  const each = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.floor(room / lists.length)));
  const lines = [...head, ...lists.flatMap(({ title, lines }) => ['', title, ...lines.slice(0, each)])];
  return `${lines
    .slice(0, rows)
    .map((line) => printable(line).slice(0, columns))
    .join('\n')}\n`;
}

function headOf({ version, uptimeSeconds, rates, advice, sockets, config }: Status, url: URL): string[] {
  const kernelDrops = sockets.reduce((total, { droppedPackets = 0 }) => total + droppedPackets, 0);
  const worth = advice.filter(({ severity }) => severity !== 'info');
  const perSecond = [
    `packets ${perS(rates.packetsPerSecond)}`,
    `bytes ${perS(rates.bytesPerSecond)}`,
    `flows ${perS(rates.flowsPerSecond)}`,
    `exported ${perS(rates.exportedPerSecond)}`,
  ];
  const loss = [
    `lost on the way ${perS(rates.lostPerSecond)}`,
    `dropped ${perS(rates.droppedPerSecond)}${config.otlp.endpoint === undefined ? ', as no endpoint is configured' : ''}`,
    `errors ${perS(rates.errorsPerSecond)}`,
    `dropped by the kernel since the start ${number(kernelDrops)}`,
  ];
  return [
    `netflow2traces ${version}  ${url.href}  up ${uptime(uptimeSeconds)}`,
    perSecond.join('   '),
    loss.join('   '),
    ...worth.slice(0, 3).flatMap((one) => [`! ${one.severity}: ${one.what}`, `  → ${one.do}`]),
  ];
}

type List = { title: string; lines: string[] };

function talkerLists({ topTalkers }: Status): List[] {
  if (!topTalkers) return [{ title: 'TALKERS', lines: ['  not counted: flowMetrics.topTalkers is 0'] }];
  return (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((kind) => {
    const [title, ...names] = KINDS[kind];
    const talkers = topTalkers[kind];
    if (kind === 'services' && talkers.length === 0) return [];
    return [
      {
        title: row(`${title} of ${topTalkers.seconds} s`, 'bytes/s', 'packets/s'),
        lines: talkers.map((talker) =>
          row(nameOf(talker, names), number(talker.bytesPerSecond), number(talker.packetsPerSecond)),
        ),
      },
    ];
  });
}

function nameOf(talker: Talker, names: readonly string[]): string {
  const between = names[1] === 'destination.address' ? ' ↔ ' : ' ';
  return names.flatMap((name) => talker[name] ?? []).join(between) || 'not known';
}

/** Those with most flows a second first. */
function exporterList({ exporters, uptimeSeconds }: Status, before: Status): List {
  const seconds = Math.max(1, uptimeSeconds - before.uptimeSeconds);
  const keyOf = ({ listener, address, port }: ExporterState): string => `${listener} ${address} ${port}`;
  const earlier = new Map(before.exporters.map((exporter) => [keyOf(exporter), exporter]));
  const all = exporters.map((exporter) => {
    const { packets, flows } = earlier.get(keyOf(exporter)) ?? exporter;
    return { exporter, packets: (exporter.packets - packets) / seconds, flows: (exporter.flows - flows) / seconds };
  });
  all.sort((a, b) => b.flows - a.flows || b.exporter.flows - a.exporter.flows);
  return {
    title: row('EXPORTERS', 'packets/s', 'flows/s', 'flows', 'lost', 'errors'),
    lines: all.map(({ exporter, packets, flows }) => {
      const { address, versions, lostFlows, lostPackets, errors } = exporter;
      const name = `${address} ${versions.map(versionName).join(' ')}`;
      return row(name, ...[packets, flows, exporter.flows, lostFlows + lostPackets, errors].map(number));
    }),
  };
}

const NAME_WIDTH = 44;
const NUMBER_WIDTH = 11;

function row(name: string, ...numbers: string[]): string {
  return `${name.padEnd(NAME_WIDTH)}${numbers.map((text) => text.padStart(NUMBER_WIDTH)).join('')}`;
}

function perS(rate: number): string {
  return `${number(rate)}/s`;
}

const UNITS = ['', 'k', 'M', 'G', 'T', 'P'];

/** In three digits and a unit of thousands. */
export function number(value: number): string {
  let unit = 0;
  let rest = value;
  for (; rest >= 999.5 && unit < UNITS.length - 1; unit++) rest /= 1_000;
  const digits = unit === 0 && Number.isInteger(value) ? 0 : rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0;
  return `${rest.toFixed(digits)}${UNITS[unit]}`;
}

function uptime(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit));
  if (days > 0) return `${days} d ${hours % 24} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min ${Math.floor(seconds % 60)} s`;
}
