/**
 * The exporters that packets come from, and their observation domains with what devices told of themselves. In: where a
 * packet came from, and what its header says. Out: the exporter and the domain that it is of. Bounded in all and for
 * each exporter: who was not heard of for longest is forgotten first, and who brought flows lately last.
 *
 * An exporter is an address (and port, if configured) on a listener.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { Budget } from '../../crds/common/budget.ts';
import { type DeviceState, DeviceStates } from '../devices/device-state.ts';
import type { Fact } from '../devices/facts.ts';
import type { BudgetName } from '../ledger/ledger.ts';
import { normalizeAddress } from '../listen/sources.ts';
import { Domain, domainKey, Exporter } from './exporter.ts';
import { startedAt } from './restart.ts';

/** Domains whose state is kept. */
const MAX_DOMAINS_PER_EXPORTER = 1_024;
const MAX_DOMAINS = 32_768;

export type ExporterEvents = {
  /** An exporter is no longer known: what else is kept of it goes, too. */
  onForget(exporter: Exporter): void;
  /** Something of an exporter was forgotten for want of room. */
  onExceeded(budget: BudgetName, exporter: Exporter): void;
};

export class ExporterTable {
  readonly #keyBySourcePort: boolean;
  readonly #events: ExporterEvents;
  readonly #devices: DeviceStates;
  readonly #byKey = new Map<string, Exporter>();
  /** Those of each listener by their address as the socket gives it: found without making a key. */
  readonly #bySocketAddress: Map<string, Exporter>[] = [];
  readonly #exporters: Budget<Exporter, Exporter>;
  readonly #domains: Budget<Exporter, Domain>;

  constructor({ limits, templates }: Pick<CollectorConfig, 'limits' | 'templates'>, events: ExporterEvents) {
    this.#keyBySourcePort = templates.keyBySourcePort;
    this.#events = events;
    this.#devices = new DeviceStates((exporter) => events.onExceeded('options', exporter as Exporter));
    const since = ({ flowsSince }: Exporter): number => flowsSince;
    this.#exporters = new Budget({
      ofAll: { entries: limits.exporters },
      ownerOf: (exporter) => exporter,
      usedAt: ({ heardAt }) => heardAt,
      worthOf: (exporter, now) => (exporter.isInUse(now) ? 2 : 0),
      since,
      forget: (exporter) => {
        this.#forget(exporter);
        events.onExceeded('exporters', exporter);
      },
    });
    this.#domains = new Budget({
      ofAll: { entries: MAX_DOMAINS },
      ofOne: { entries: MAX_DOMAINS_PER_EXPORTER },
      ownerOf: ({ exporter }) => exporter,
      usedAt: ({ heardAt }) => heardAt,
      worthOf: (domain, now) => (domain.exporter.isInUse(now) ? (domain.isInUse(now) ? 2 : 1) : 0),
      since,
      forget: (domain) => {
        unlink(domain);
        events.onExceeded('domains', domain.exporter);
      },
    });
  }

  /** All of them, by their key. */
  get all(): ReadonlyMap<string, Exporter> {
    return this.#byKey;
  }

  /** The exporter behind a source, if it is known. `address` as the socket gives it. */
  find(listener: number, address: string, port: number): Exporter | undefined {
    const known = this.#keyBySourcePort ? undefined : this.#bySocketAddress[listener]?.get(address);
    if (known) return known;
    const found = this.#byKey.get(this.#keyOf(listener, address, port));
    if (found && !this.#keyBySourcePort) {
      this.#bySocketAddress[listener] ??= new Map();
      this.#bySocketAddress[listener].set(address, found);
    }
    return found;
  }

  /**
   * Remembers a new exporter, heard of at `now`, in Unix milliseconds, and at `heardAt` by a clock that nobody sets.
   * With too many, those that sent no flows lately are forgotten first, the longest silent before all others.
   */
  add(listener: number, address: string, port: number, now: number, heardAt = now): Exporter {
    const key = this.#keyOf(listener, address, port);
    const exporter = new Exporter(key, listener, address, port, now, heardAt);
    this.#byKey.set(key, exporter);
    this.#exporters.add(exporter, heardAt);
    return exporter;
  }

  /**
   * State of an exporter's observation domain, of which something came at `now`; -1 stands for the whole exporter of a
   * version without domains, and `agent` is one of sFlow.
   */
  domain(exporter: Exporter, version: number, id: number, now: number, agent = ''): Domain {
    const { latestDomain: latest } = exporter;
    const isLatest = latest?.version === version && latest.id === id && latest.agent === agent;
    const known = isLatest ? latest : exporter.domains.get(domainKey(version, id, agent));
    const domain = known ?? new Domain(exporter, version, id, agent);
    exporter.latestDomain = domain;
    domain.heardAt = now;
    if (!known) {
      exporter.domains.set(domain.key, domain);
      this.#domains.add(domain, now);
    }
    return domain;
  }

  /**
   * Takes what a domain told of itself in a packet that was received at `receivedAt` and, by a clock that nobody sets,
   * at `now`; returns what is known by now, when that is news. The domain has another epoch then, if its device was
   * restarted.
   */
  describe(domain: Domain, fact: Fact, receivedAt: number, now: number): Fact | undefined {
    if (fact.kind === 'boot') startedAt(domain, fact.ms);
    return this.#deviceOf(domain).take(fact, receivedAt, now);
  }

  /** Takes what another knows of a domain, unless what is known here supersedes it. */
  adoptFact(domain: Domain, fact: Fact, told: { receivedAt: number; adopted?: boolean }, now: number): void {
    this.#deviceOf(domain).adopt(fact, told, now);
  }

  /** Whether nothing has to be forgotten for an exporter that only others have heard of. */
  get hasRoom(): boolean {
    return this.#exporters.hasRoom();
  }

  /** The same for a domain of an exporter. */
  hasRoomForDomain(exporter: Exporter, version: number, id: number): boolean {
    return exporter.domains.has(domainKey(version, id)) || this.#domains.hasRoom(exporter);
  }

  #deviceOf(domain: Domain): DeviceState {
    domain.device ??= this.#devices.create(domain.exporter);
    domain.exporter.isDescribed = true;
    return domain.device;
  }

  #keyOf(listener: number, address: string, port: number): string {
    const source = `${listener} ${normalizeAddress(address)}`;
    return this.#keyBySourcePort ? `${source} ${port}` : source;
  }

  #forget(exporter: Exporter): void {
    for (const domain of exporter.domains.values()) this.#domains.delete(domain);
    exporter.domains.clear();
    exporter.latestDomain = undefined;
    this.#devices.forget(exporter);
    this.#byKey.delete(exporter.key);
    this.#bySocketAddress[exporter.listener]?.clear();
    this.#events.onForget(exporter);
  }
}

function unlink({ exporter, key, device }: Domain): void {
  device?.clear();
  exporter.domains.delete(key);
  exporter.latestDomain = undefined;
}
