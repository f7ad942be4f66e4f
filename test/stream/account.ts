/** The generator's own books: what became of each record by what was done to it, never by what the collector says. */
import type { CounterName } from '../../collector/ledger/ledger.ts';

/** What must come of a record: a flow or options data, or nothing, because of an error that is counted by this name. */
export type Fate = 'flow' | 'options' | 'lost' | 'malformed' | 'template_mismatch' | 'held_discarded';

export class Account {
  /** Records sent, by fate; those of a packet that comes twice are sent twice. */
  readonly records = new Map<Fate, number>();
  /** How often each flow must come, by exporter and id. */
  readonly flows = new Map<string, number>();
  /** What the collector must count. */
  readonly counts = new Map<CounterName, number>();

  /** Records of these ids were sent by an exporter. */
  send(exporter: string, ids: readonly number[], fate: Fate): void {
    add(this.records, fate, ids.length);
    if (fate === 'flow') for (const id of ids) add(this.flows, `${exporter} ${id}`, 1);
  }

  count(name: CounterName, by = 1): void {
    add(this.counts, name, by);
  }

  get sent(): number {
    return [...this.records.values()].reduce((sum, count) => sum + count, 0);
  }
}

function add<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
