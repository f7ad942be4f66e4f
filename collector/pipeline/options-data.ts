/** Options data on their way: what a device tells of itself is kept, and others are told what is news. */
import { RateBudget } from '../common/rate-budget.ts';
import type { DataSet } from '../decode/sets.ts';
import { type Fact, readFacts } from '../devices/facts.ts';
import { COUNTER, type Counters } from '../ledger/ledger.ts';
import type { FactsAnnouncement } from '../templates/announcement.ts';
import type { ExporterTable } from '../templates/exporter-table.ts';
import type { Packet } from './packet.ts';
import type { Reports } from './reports.ts';

/** Records of options data that are read. 32,768 take some 0.1 s; a restart as much as some of what it looks at. */
const RESTART_ITEMS = 256;
const DESCRIBED = { ofOne: { burst: 65_536, perSecond: 1_024 }, ofAll: { burst: 524_288, perSecond: 32_768 } };
/** Facts of them that others are told: a table at once, and then what changes. */
const ANNOUNCED = { ofOne: { burst: 32_768, perSecond: 100 }, ofAll: { burst: 262_144, perSecond: 4_096 } };

export type OptionsDataContext = {
  packet: Packet;
  exporters: ExporterTable;
  reports: Reports;
  counters: Counters;
  /** Records that are read of a data set. */
  maxRecords: number;
  /** The name of a listener, by its index. */
  nameOf(listener: number): string;
  onNews: ((announcement: FactsAnnouncement) => void) | undefined;
};

export class OptionsData {
  readonly #context: OptionsDataContext;
  readonly #described = new RateBudget(DESCRIBED.ofOne, DESCRIBED.ofAll);
  readonly #announced = new RateBudget(ANNOUNCED.ofOne, ANNOUNCED.ofAll);

  constructor(context: OptionsDataContext) {
    this.#context = context;
  }

  /** Takes a set of the packet at hand. */
  take({ template, offset, end, records }: DataSet): void {
    const { packet, exporters, reports, counters, maxRecords } = this.#context;
    const { exporter, header, receivedMs, monotonicMs } = packet;
    const count = Math.min(records, maxRecords);
    counters[COUNTER.optionsRecords] += count;
    const news = new Map<number, Fact[]>();
    for (let at = offset, record = 0; record < count; record++) {
      if (!this.#described.take(exporter, 1, monotonicMs)) {
        reports.exceeded('describing', exporter, count - record);
        break;
      }
      const { domain = header.domain, facts, next } = readFacts(template, packet.bytes, at, end);
      at = next;
      if (facts.length === 0) continue;
      const described = exporters.domain(exporter, header.version, domain, monotonicMs);
      const changed = facts.map((fact) => exporters.describe(described, fact, receivedMs, monotonicMs));
      const known = changed.filter((fact) => fact !== undefined);
      if (known.some(({ kind }) => kind === 'boot')) this.#chargeRestart(domain);
      if (known.length > 0) news.set(domain, (news.get(domain) ?? []).concat(known));
    }
    for (const [domain, facts] of news) this.#announce(domain, facts);
  }

  /** What a device was started at was told: then all that came before is looked at, of domain 0 for all domains. */
  #chargeRestart(domain: number): void {
    const { exporter, monotonicMs } = this.#context.packet;
    const { templates, heldSets, domains } = exporter;
    const items = (templates.size + heldSets) * (domain === 0 ? domains.size : 1);
    this.#described.charge(exporter, items / RESTART_ITEMS, monotonicMs);
  }

  /** Tells others what the exporter told of a domain. */
  #announce(domain: number, all: readonly Fact[]): void {
    const { packet, reports, nameOf, onNews } = this.#context;
    const { exporter, header, receivedMs, monotonicMs } = packet;
    const facts = all.filter(() => this.#announced.take(exporter, 1, monotonicMs));
    if (facts.length < all.length) reports.exceeded('announcing', exporter, all.length - facts.length);
    const { address, port } = exporter;
    const origin = { listener: nameOf(exporter.listener), address, port, domain, receivedAt: receivedMs };
    if (facts.length > 0) onNews?.({ ...origin, version: header.version as 9 | 10, facts });
  }
}
