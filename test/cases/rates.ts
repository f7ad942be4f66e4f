/** The rates of sampling that options data tell, read by no code of the collector. */
import { type FieldValue, Malformed, type Template, toUnsigned } from '../reference/packet.ts';
import { readHeader, readRecords, readSets } from '../reference/sets.ts';
import { readTemplates } from '../reference/templates.ts';

const MAX_FIELDS = 1_024;

/** Of a flow: what a rate may have been told for. */
export type Sampled = { domain: unknown; sampler: unknown; interface: unknown };

/** What one exporter has told so far: a packet of so many is looked at. */
export class Rates {
  readonly #templates = new Map<string, Template>();
  readonly #intervals = new Map<string, number>();

  /** Reads the options of a packet. One that is malformed tells nothing. */
  read(packet: Uint8Array): void {
    const version = packet[0] * 256 + packet[1];
    if (version !== 9 && version !== 10) return;
    const read = readHeader(packet, version);
    if (!read) return;
    const { domain } = read.header;
    const [templateSet, optionsSet] = version === 9 ? [0, 1] : [2, 3];
    try {
      for (const { id, body } of readSets(packet, version, read.length).sets) {
        if (id === templateSet || id === optionsSet) {
          const templates = readTemplates(body, version, id === optionsSet, MAX_FIELDS);
          for (const template of templates) this.#templates.set(`${domain} ${template.id}`, template);
          continue;
        }
        const template = this.#templates.get(`${domain} ${id}`);
        if (template?.scopeCount === undefined) continue;
        for (const record of readRecords(body, template)) {
          const interval = intervalOf(record);
          const scope = scopeOf(record, record.slice(0, template.scopeCount), version);
          if (interval && scope !== undefined) this.#intervals.set(`${domain} ${scope}`, interval);
        }
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
    }
  }

  /**
   * The rate of a flow, if it is known: its sampler's, else its interface's, else that of its domain, or of all
   * samplers there.
   */
  of({ domain, sampler, interface: index }: Sampled): number | undefined {
    const scopes = sampler === undefined ? [`interface ${index}`, 'all'] : [`sampler ${sampler}`];
    const told = scopes.map((scope) => this.#intervals.get(`${domain} ${scope}`));
    const ofSamplers = [...this.#intervals].filter(([scope]) => scope.startsWith(`${domain} sampler `));
    const rates = new Set(ofSamplers.map(([, interval]) => interval));
    if (sampler === undefined && rates.size === 1) told.push(...rates);
    return told.find((interval) => interval !== undefined);
  }
}

/** RFC 3954 §8 and Cisco's samplers (34, 50), RFC 5477 §8.2 (305, 306, 309, 310, 311). */
function intervalOf(record: FieldValue[]): number | undefined {
  const [total, sampler, interval, space, size, population] = [34, 50, 305, 306, 309, 310].map((id) => {
    const value = find(record, id);
    return value && Number(toUnsigned(value.bytes));
  });
  const probability = find(record, 311);
  if (size && population) return Math.round(population / size);
  if (interval && space !== undefined) return Math.round((interval + space) / interval);
  if (probability) return Math.round(1 / Buffer.from(probability.bytes).readDoubleBE());
  return sampler || total || undefined;
}

/** v9 has types of scopes (1 system, 2 interface), IPFIX elements: 143, 144 and 149 are of the whole exporter. */
function scopeOf(record: FieldValue[], scopes: FieldValue[], version: 9 | 10): string | undefined {
  const sampler = find(record, 48) ?? find(record, 302);
  if (sampler) return `sampler ${toUnsigned(sampler.bytes)}`;
  const index = version === 9 ? find(scopes, 2) : (find(scopes, 10) ?? find(scopes, 252));
  if (index) return `interface ${toUnsigned(index.bytes)}`;
  const ofAll = version === 9 ? [1] : [143, 144, 149];
  return scopes.every(({ id }) => ofAll.includes(id)) ? 'all' : undefined;
}

function find(record: FieldValue[], id: number): FieldValue | undefined {
  return record.find((value) => value.pen === 0 && value.id === id);
}
