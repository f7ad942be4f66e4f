/** What goes wrong with packets: counted by reason, remembered by sender, and logged at a bounded rate. */
import type { Log, LogFields } from '../../crds/common/log.ts';
import { type Fault, kindOf } from '../decode/faults.ts';
import { toldVersion } from '../decode/header.ts';
import type { Template } from '../decode/template.ts';
import { type BudgetName, COUNTER, type Counters, type PacketError } from '../ledger/ledger.ts';
import { type Moment, type Rejection, Rejections } from '../ledger/rejections.ts';
import { tallyError } from '../ledger/tally.ts';
import { normalizeAddress } from '../listen/sources.ts';
import type { ListFault } from '../span/plan/context.ts';
import type { Exporter } from '../templates/exporter.ts';
import type { Packet } from './packet.ts';

/** Datagrams that are not looked into, as the log tells it. */
const REFUSED = {
  source_not_allowed: 'packet refused: its source is not allowed',
  truncated_header: 'packet refused: shorter than its header',
  unknown_version: 'packet refused: neither NetFlow, IPFIX nor sFlow 5',
} as const;

export type PacketSource = {
  /** Index of the listener. */
  listener: number;
  address: string;
  port: number;
};

export class Reports {
  readonly #packet: Packet;
  readonly #counters: Counters;
  readonly #log: Log;
  readonly #nameOf: (listener: number) => string;
  readonly #rejections = new Rejections();

  /** `nameOf` tells the name of a listener by its index. */
  constructor(
    packet: Packet,
    { counters, log }: { counters: Counters; log: Log },
    nameOf: (listener: number) => string,
  ) {
    this.#packet = packet;
    this.#counters = counters;
    this.#log = log;
    this.#nameOf = nameOf;
  }

  /** The last senders of whom something was refused, at `nowMs` by a clock that nobody sets. */
  rejections(nowMs: number): Rejection[] {
    return this.#rejections.list(nowMs);
  }

  /** A datagram is not even looked into. */
  datagram(reason: keyof typeof REFUSED, packet: Uint8Array, source: PacketSource, moment: Moment): void {
    tallyError(this.#counters, reason);
    const { listener, address, port } = source;
    const sender = { listener: this.#nameOf(listener), address: normalizeAddress(address), port };
    const explain = reason === 'unknown_version' ? () => kindOf(packet) : undefined;
    const fresh = this.#rejections.add(reason, sender, packet, moment, explain);
    if (!fresh) return;
    const { detail, firstBytes } = fresh;
    this.#log.warn(REFUSED[reason], { subject: sender.address, listener: sender.listener, detail, firstBytes });
  }

  /** The packet at hand is malformed: what comes behind the fault is discarded. */
  fault({ offset, what }: Fault): void {
    this.#packet.exporter.errors++;
    this.#reject('malformed', this.#packet.exporter, () => `at byte ${offset}: ${what}`);
    this.#warn('malformed message, read up to its fault', { offset, fault: what });
  }

  /** The packet at hand states a wrong length, and was read all the same. */
  repair(): void {
    this.#packet.exporter.errors++;
    tallyError(this.#counters, 'length_repaired');
    this.#warn('message of a wrong length, read by its sets');
  }

  /** The packet at hand has a template that makes no sense. */
  badTemplate(reason: string): void {
    const { exporter, header } = this.#packet;
    exporter.errors++;
    this.#reject('bad_template', exporter, () => `a template of domain ${header.domain}: ${reason}`);
    this.#log.warn('template refused', { exporter: exporter.address, domain: header.domain, reason });
  }

  /** The packet at hand has data of a template that is not known. */
  missing(id: number): void {
    const { exporter, header } = this.#packet;
    const { domain } = header;
    const version = toldVersion(header.version);
    const fresh = this.#reject('template_missing', exporter, () => `domain ${domain}, template ${id}`);
    const subject = exporter.address;
    if (fresh) this.#log.warn('data wait for their template', { subject, version, domain, template: id });
  }

  /** A data set does not fit its template: of the packet at hand, or of one that has waited. */
  misfit(exporter: Exporter, domain: number, { id, minLength: recordLength }: Template, setLength: number): void {
    exporter.errors++;
    this.#reject(
      'template_mismatch',
      exporter,
      () => `domain ${domain}, template ${id}: ${setLength} bytes of data, a record has ${recordLength}`,
    );
    const { address } = exporter;
    this.#log.warn('data set does not fit its template', {
      ...{ exporter: address, domain, template: id, setLength, recordLength },
    });
  }

  /** Lists in so many flows of the packet at hand were not read to their end. */
  lists(faults: ReadonlyMap<ListFault, number>): void {
    const { exporter, header } = this.#packet;
    for (const [reason, count] of faults) {
      exporter.errors++;
      const fresh = this.#reject(reason, exporter, () => `lists of ${count} flows of domain ${header.domain}`, count);
      if (fresh) this.#warn('lists in flows not read to their end', { reason, flows: count });
    }
  }

  /** An exporter wanted more than there is a budget for. */
  exceeded(budget: BudgetName, exporter: Exporter, count = 1): void {
    this.#counters[COUNTER[`budgetExceeded.${budget}`]] += count;
    exporter.exceed(budget, count, this.#packet.monotonicMs);
  }

  #warn(message: string, fields: LogFields = {}): void {
    const { exporter, header } = this.#packet;
    const { domain } = header;
    const version = toldVersion(header.version);
    this.#log.warn(message, { exporter: exporter.address, version, domain, ...fields });
  }

  /**
   * Of the packet at hand, which is this exporter's, something can't be read. Returns what is noted, if that is news.
   */
  #reject(
    reason: PacketError,
    { listener, address, port }: Exporter,
    explain: () => string,
    count = 1,
  ): Rejection | undefined {
    tallyError(this.#counters, reason, count);
    const { bytes, size } = this.#packet;
    const sender = { listener: this.#nameOf(listener), address, port };
    return this.#rejections.add(reason, sender, bytes.subarray(0, size), this.#packet, explain);
  }
}
