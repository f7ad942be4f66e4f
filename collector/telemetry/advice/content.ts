/** Whether what arrives can be used. */
import { BUDGETS, type BudgetName, PACKET_ERRORS, type PacketError } from '../../ledger/ledger.ts';
import { type Advice, type AdviceInput, count, error, unique, warning, windowOf } from './rule.ts';

/** Share of lost flows or packets in the window that is worth mentioning. */
export const LOSS = 0.001;
/** Senders of what can't be read that are named. */
const MAX_SENDERS = 3;

export function missingTemplates({ exporters, lately }: AdviceInput): Advice[] {
  const advice: Advice[] = [];
  const waiting = exporters.filter((exporter) => exporter.heldSets > 0);
  const refresh =
    'They are decoded when it comes. Let the exporter send templates more often, on Cisco IOS: `template data timeout 60`.';
  if (waiting.length > 0) {
    const sets = waiting.reduce((total, exporter) => total + exporter.heldSets, 0);
    const names = waiting
      .slice(0, 3)
      .map((exporter) => exporter.address)
      .filter(unique)
      .join(', ');
    const more = waiting.length > 3 ? ` and ${waiting.length - 3} more` : '';
    advice.push(warning(`${count(sets, 'data set')} from ${names}${more} wait for their template.`, refresh));
  }
  if (lately.counts['packetErrors.held_discarded'] > 0) {
    advice.push(
      error(
        `${count(lately.counts['packetErrors.held_discarded'], 'data set')} given up in the last ${windowOf(lately)}: no template came in time.`,
        'Let the exporter send templates more often, or raise `limits.heldAge`, `limits.heldBytes` and `limits.heldBytesPerExporter`.',
      ),
    );
  }
  return advice;
}

export function flippingTemplates({ exporters, config }: AdviceInput): Advice[] {
  const flipping = exporters.filter((exporter) => exporter.flippingTemplates);
  if (flipping.length === 0 || config.templates.keyBySourcePort) return [];
  return [
    warning(
      `Templates of ${addressesOf(flipping)} flip between layouts: several devices seem to send from one address.`,
      'Set `templates.keyBySourcePort` to tell them apart, or give each device an address or observation domain of its own.',
    ),
  ];
}

/** What it is that exporters are over their budget with. */
export const OVER_BUDGET: Record<BudgetName, string> = {
  exporters: 'packets from new sources',
  domains: 'observation domains',
  templates: 'templates',
  options: 'options data',
  held_bytes: 'data without their template',
  plans: 'kinds of templates',
  learning: 'new templates',
  describing: 'records of options data',
  announcing: 'options data that change',
  compiling: 'new kinds of templates',
};

export function budgets({ exporters, lately }: AdviceInput): Advice[] {
  return BUDGETS.flatMap((budget) => {
    const number = lately.counts[`budgetExceeded.${budget}`];
    if (number <= 0) return [];
    const offenders = exporters.filter(({ overBudget }) => overBudget.includes(budget));
    const who = offenders.length === 0 ? 'Exporters' : addressesOf(offenders);
    const what = `${who} sent too many ${OVER_BUDGET[budget]}`;
    return [
      warning(
        `${what}: ${count(number, 'of them was', 'of them were')} refused or forgotten in the last ${windowOf(lately)}.`,
        'Other exporters lose nothing by it. Let in only those you know (`allowedSources`), update the software of theirs, or raise `limits`.',
      ),
    ];
  });
}

export function samplingRates({ exporters }: AdviceInput): Advice[] {
  const unrated = exporters.filter(({ samplesUnrated }) => samplesUnrated);
  if (unrated.length === 0) return [];
  return [
    warning(
      `Flows of ${addressesOf(unrated)} are sampled, but at which rate is not known: their volumes are too small by it.`,
      'Let the device tell it, on Cisco IOS: `option sampler-table timeout 60`; or write it to `exporters.sampling`.',
    ),
  ];
}

/** The first addresses, and how many more there are. */
function addressesOf(exporters: AdviceInput['exporters']): string {
  const addresses = exporters.map(({ address }) => address).filter(unique);
  const more = addresses.length > 3 ? ` and ${addresses.length - 3} more` : '';
  return addresses.slice(0, 3).join(', ') + more;
}

/** The first senders, each with what is wrong in detail, and how many more there are. */
function sendersOf(rejections: AdviceInput['rejections']): string {
  const first = rejections
    .slice(0, MAX_SENDERS)
    .map(({ address, detail }) => `${address}${detail ? ` (${detail})` : ''}`);
  const rest = rejections.length - MAX_SENDERS;
  return first.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

const UNDECODABLE: Partial<Record<PacketError, [what: string, remedy: string]>> = {
  source_not_allowed: [
    'came from sources that are not allowed',
    'Add their prefix to `allowedSources`, or stop whoever sends them.',
  ],
  unknown_version: [
    'are neither NetFlow (1, 5, 7, 9), IPFIX (10) nor sFlow (5)',
    'Let the device export NetFlow v9, IPFIX or sFlow version 5: sFlow of earlier versions, and NetFlow v8, which holds sums, are not read. What else there is, send elsewhere.',
  ],
  truncated_header: [
    'are shorter than their header',
    'Look at what is sent to this port: port scanners send such packets.',
  ],
  malformed: [
    'are malformed',
    'If a datagram is cut off on its way, lower the size at which the device sends; else update its software. `netflow2traces inspect` shows what is wrong in a capture.',
  ],
  template_mismatch: [
    'hold data that do not fit their template',
    'They wait for one that fits. Let the device send templates more often, or update its software.',
  ],
  length_repaired: ['state a wrong length, which their sets correct', 'Update the device’s software.'],
  bad_template: [
    'hold templates that can’t be used',
    'If they have many fields, raise `limits.fieldsPerTemplate`; else update the exporter’s software.',
  ],
};

export function undecodable({ lately, rejections }: AdviceInput, now: number): Advice[] {
  const since = now - lately.seconds * 1_000;
  return PACKET_ERRORS.flatMap((reason) => {
    const number = lately.counts[`packetErrors.${reason}`];
    const text = UNDECODABLE[reason];
    if (!text || number <= 0) return [];
    const senders = rejections.filter((one) => one.reason === reason && one.lastTime >= since);
    const what = `${count(number, 'packet')} of the last ${windowOf(lately)} ${text[0]}`;
    return [warning(senders.length > 0 ? `${what}: from ${sendersOf(senders)}.` : `${what}.`, text[1])];
  });
}

export function sequenceGaps({ lately }: AdviceInput): Advice[] {
  const { counts } = lately;
  const lost = Math.max(lostShare(counts.lostFlows, counts.flows), lostShare(counts.lostPackets, counts.packets));
  if (lost < LOSS) return [];
  return [
    warning(
      `Sequence numbers say that ${(lost * 100).toFixed(1)} % of the last ${windowOf(lately)} never came.`,
      'If the sockets below show no drops, they were lost in the network or by the exporter: the table shows whose.',
    ),
  ];
}

export function selection({ recent, lately }: AdviceInput): Advice[] {
  const { selectionErrors } = lately.counts;
  const { flows, flowsFiltered } = recent.counts;
  const advice: Advice[] = [];
  if (selectionErrors > 0) {
    advice.push(
      warning(
        `An expression of \`selection\` failed on ${count(selectionErrors, 'flow')} in the last ${windowOf(lately)}; they are kept.`,
        'The log says how. Ask for an attribute with `has()` before computing with it, and compare numbers with numbers.',
      ),
    );
  }
  if (flows > 0 && flowsFiltered === flows) {
    advice.push(
      warning(
        `The selection left out all flows of the last ${windowOf(recent)}.`,
        'If that is not meant, look at `selection.filter` and `selection.rules`; the table of the selection tells which rule it is.',
      ),
    );
  }
  return advice;
}

/** The part of what was sent that never came. */
export function lostShare(lost: number, received: number): number {
  return lost > 0 ? lost / (lost + received) : 0;
}
