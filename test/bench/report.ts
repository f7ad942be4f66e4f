/** Results as tables for people, with the ratios to what they are compared with and the budget they have to keep. */
import type { Result, Row } from './measure.ts';
import { rowLabel } from './options.ts';
import type { OverloadResult } from './overload.ts';
import type { StartupResult } from './startup.ts';

/** A row over all its rounds: the median of each figure, and the range of CPU. */
export type Summary = Result & { cpuRange: [number, number] };

/** One demand of the budget. */
export type Check = { demand: string; measured: string; kept: boolean };

export function summarize(rounds: readonly Result[]): Summary[] {
  const groups = Object.values(Object.groupBy(rounds, rowLabel)).map((group) => group!);
  return groups.map((group) => {
    const middle = (figure: (result: Result) => number) => median(group.map(figure));
    const cpu = group.map((result) => result.cpuPerFlow);
    return {
      ...group[0],
      cpuPerFlow: median(cpu),
      cpuRange: [Math.min(...cpu), Math.max(...cpu)],
      delivered: middle((result) => result.delivered),
      loss: middle((result) => result.loss),
      peakRssMib: Math.max(...group.map((result) => result.peakRssMib)),
      gc: group[0].gc === undefined ? undefined : middle((result) => result.gc ?? 0),
      senderCpu: middle((result) => result.senderCpu),
      sinkCpu: middle((result) => result.sinkCpu),
      othersCores: middle((result) => result.othersCores),
      ledgerError: group.find((result) => result.ledgerError)?.ledgerError ?? group[0].ledgerError,
    };
  });
}

/** The main table. `× less` compares with the stock SDK, or with the peer at the same rate. */
export function rowTable(summaries: readonly Summary[]): string {
  const head = [
    '',
    'CPU µs/flow',
    '(range)',
    '× less',
    'flows/s',
    'loss',
    'RSS MiB',
    'GC',
    'ledger',
    'sender µs',
    'sink µs',
    'other cores',
  ];
  const lines = summaries.map((row) => [
    rowLabel(row),
    row.cpuPerFlow.toFixed(2),
    `${row.cpuRange[0].toFixed(2)}–${row.cpuRange[1].toFixed(2)}`,
    row.subject === 'collector' ? ratios(row, summaries) : '',
    Math.round(row.delivered).toLocaleString('en'),
    percent(row.loss),
    row.peakRssMib.toFixed(0),
    row.gc === undefined ? '' : percent(row.gc),
    row.ledgerError === undefined ? '' : row.ledgerError === 0 ? 'right' : `off by ${row.ledgerError}`,
    row.senderCpu.toFixed(2),
    row.sinkCpu.toFixed(2),
    row.othersCores.toFixed(2),
  ]);
  return table([head, ...lines]);
}

export function overloadTable(results: readonly OverloadResult[]): string {
  const head = [
    '',
    'offered/s',
    'delivered/s',
    'kernel drops',
    'shed',
    'unaccounted',
    'imbalance',
    'RSS MiB',
    'loss after',
  ];
  const lines = results.map((result) => [
    result.name,
    Math.round(result.offered).toLocaleString('en'),
    Math.round(result.delivered).toLocaleString('en'),
    result.kernelDroppedPackets.toLocaleString('en'),
    Object.entries(result.dropped)
      .map(([reason, flows]) => `${reason} ${flows.toLocaleString('en')}`)
      .join(', ') || 'none',
    String(result.unaccountedPackets),
    String(result.imbalance),
    result.peakRssMib.toFixed(0),
    percent(result.recoveryLoss),
  ]);
  return table([head, ...lines]);
}

/** What 100,000 prefixes may add to a flow that has names of networks, in µs. */
const MAX_NETWORKS = 0.11;

/** What a set of flow metrics of three dimensions may add to a flow, in µs. */
const MAX_METRICS = 0.12;

/** What the beginning of a packet may cost, in µs. */
const MAX_SAMPLE = 1.2;

const UNLIMITED: readonly Row['variant'][] = [
  ...(['durable', 'trace-flow', 'trace-conversation', 'services', 'top-talkers'] as const),
];

/** The demands of the budget that these results can judge. */
export function checkBudget(summaries: readonly Summary[], startups: readonly StartupResult[]): Check[] {
  const checks: Check[] = [];
  const check = (demand: string, measured: number, unit: string, kept: boolean) => {
    checks.push({ demand, measured: `${measured.toFixed(2)} ${unit}`, kept });
  };
  for (const row of summaries.filter(({ subject, scale }) => subject === 'collector' && !scale)) {
    const label = rowLabel(row);
    const same = (variant: Row['variant']) =>
      summaries.find((other) => rowLabel({ ...row, variant }) === rowLabel(other));
    const [whole, few, without] = [same(undefined), same('networks-2'), same('no-metrics')];
    if (row.variant === 'networks-100k' && few) {
      const added = row.cpuPerFlow - few.cpuPerFlow;
      check(`${label}: adds at most ${MAX_NETWORKS} µs to ${few.variant}`, added, 'µs', added <= MAX_NETWORKS);
    } else if (row.variant === 'metrics-1' && without) {
      const added = row.cpuPerFlow - without.cpuPerFlow;
      check(`${label}: adds at most ${MAX_METRICS} µs to ${without.variant}`, added, 'µs', added <= MAX_METRICS);
    } else if ((row.variant === 'drop-90%' || row.variant === 'sample-1%') && whole) {
      const saved = whole.cpuPerFlow - row.cpuPerFlow;
      check(`${label}: costs less than it saves`, saved, 'µs saved', saved > 0);
    }
    const limit = { 300000: 1.1, 120000: 1.7 }[row.rate];
    // What the disk and other shapes of traces cost is shown, not limited.
    if (!UNLIMITED.includes(row.variant) && row.version === 9 && limit && !row.transport.includes('+'))
      check(`${label}: at most ${limit} µs CPU a flow`, row.cpuPerFlow, 'µs', row.cpuPerFlow <= limit);
    if (row.samples || row.version === 'sflow')
      check(`${label}: at most ${MAX_SAMPLE} µs CPU a sample`, row.cpuPerFlow, 'µs', row.cpuPerFlow <= MAX_SAMPLE);
    if (row.rate === 300_000) {
      check(`${label}: no loss`, row.loss * 100, '%', row.loss < 0.001);
      if (row.variant !== 'networks-100k')
        check(`${label}: at most 150 MiB`, row.peakRssMib, 'MiB', row.peakRssMib <= 150);
    }
    for (const [peer, least] of [
      ['otelcol + goflow2', 6],
      ['Scapy + SDK', 150],
    ] as const) {
      const ratio = ratioTo(peer, row, summaries);
      if (ratio) check(`${label}: at least ${least} × less than ${peer}`, ratio, '×', ratio >= least);
    }
  }
  if (startups.length > 0) {
    const milliseconds = median(startups.map((startup) => startup.milliseconds));
    check('start to listening: at most 0.5 s', milliseconds / 1_000, 's', milliseconds <= 500);
  }
  return checks;
}

export function checkTable(checks: readonly Check[]): string {
  return table([['budget', 'measured', ''], ...checks.map((c) => [c.demand, c.measured, c.kept ? 'kept' : 'MISSED'])]);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function ratios(row: Summary, summaries: readonly Summary[]): string {
  const peer = (['otelcol + goflow2', 'goflow2', 'Scapy + SDK'] as const).find((name) => ratioTo(name, row, summaries));
  if (peer) return `${ratioTo(peer, row, summaries)!.toFixed(1)} (${peer})`;
  const sdk = summaries.find(({ subject }) => subject === 'stock SDK');
  return sdk ? (sdk.cpuPerFlow / row.cpuPerFlow).toFixed(1) : '';
}

/** How many times less `row` takes than a peer did on the same work. */
function ratioTo(subject: Row['subject'], row: Summary, summaries: readonly Summary[]): number | undefined {
  const same = (other: Row) => rowLabel({ ...other, subject: row.subject }) === rowLabel(row);
  const peer = summaries.find((other) => other.subject === subject && same(other));
  return peer && peer.cpuPerFlow / row.cpuPerFlow;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share === 0 || share >= 0.01 ? 1 : 3)} %`;
}

/** Lines of columns, the first aligned to the left. */
export function table(rows: readonly string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  '),
    )
    .join('\n');
}
