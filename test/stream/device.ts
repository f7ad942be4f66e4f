/** A simulated exporter: it makes packets and keeps its own clock, sequence and layout. */
import { ipfixMessage, v5Packet, v9Packet } from '../generator/packet.ts';
import {
  dataSet,
  encodeRecord,
  optionsTemplateSet,
  type Template,
  templateSet,
  type Values,
} from '../generator/set.ts';
import { type Kind, LAYOUTS, OPTIONS } from './layouts.ts';

/** What its sequence counts. */
export type Unit = 'packets' | 'flows' | 'data records' | 'records';

export type DeviceOptions = {
  address: string;
  port: number;
  kind: Kind | 'v5';
  unit: Unit;
  /** How far its clock is off, in milliseconds. */
  clock?: number;
  /** First number of its sequence. */
  sequence?: number;
};

/** What a packet carries, for the sequence. */
export type Load = { flows?: number; options?: number; templates?: number };

export class Device {
  readonly address: string;
  readonly port: number;
  readonly kind: Kind | 'v5';
  readonly version: 5 | 9 | 10;
  readonly unit: Unit;
  /** It has sent its options template. */
  describesItself = false;
  readonly #clock: number;
  readonly #random: () => number;
  /** When it was started, in Unix milliseconds; its clock's error left out. */
  #boot: number;
  #sequence: number;
  #layout = 0;
  #ids = 0;

  constructor(
    { address, port, kind, unit, clock = 0, sequence = 0 }: DeviceOptions,
    boot: number,
    random: () => number,
  ) {
    this.address = address;
    this.port = port;
    this.kind = kind;
    this.version = kind === 'v5' ? 5 : kind === 'IPFIX' ? 10 : 9;
    this.unit = unit;
    this.#clock = clock;
    this.#boot = boot;
    this.#sequence = sequence;
    this.#random = random;
  }

  get template(): Template {
    return LAYOUTS[this.kind as Kind][this.#layout];
  }

  /** Ids of new flows, 1 to `max` of them. */
  newFlows(max: number): number[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * max) }, () => ++this.#ids);
  }

  changeLayout(): void {
    this.#layout = 1 - this.#layout;
  }

  restart(now: number): void {
    this.#boot = now - 2_000;
    this.#sequence = 0;
  }

  templates(): Buffer {
    return templateSet(this.version as 9 | 10, [this.template]);
  }

  data(ids: readonly number[], now: number): Buffer {
    return dataSet(
      this.template.id,
      ids.map((id) => encodeRecord(this.template.fields, this.#values(id, now))),
    );
  }

  optionsTemplate(): Buffer {
    this.describesItself = true;
    return optionsTemplateSet(this.version as 9 | 10, [OPTIONS[this.version as 9 | 10]]);
  }

  optionsData(): Buffer {
    const { id, scope, fields } = OPTIONS[this.version as 9 | 10];
    return dataSet(id, [encodeRecord([...scope, ...fields], { 1: 0, 34: 100, 35: 1, 149: 1, 305: 1, 306: 99 })]);
  }

  /** A packet of these sets; for v5 of these flows. */
  packet(sets: readonly Uint8Array[], load: Load, now: number, ids: readonly number[] = []): Buffer {
    const { flows = 0, options = 0, templates = 0 } = load;
    const own = now + this.#clock;
    const unixSecs = Math.floor(own / 1_000);
    // Uptime and header time are of the same moment.
    const sysUptime = Math.floor(now - this.#boot);
    const sequence = this.#sequence;
    this.#sequence = (this.#sequence + this.#units(load)) % 2 ** 32;
    if (this.version === 10) return ipfixMessage({ exportTime: unixSecs, sequence, domain: 1 }, sets);
    if (this.version === 9) {
      return v9Packet({ sysUptime, unixSecs, sequence, sourceId: 1, count: flows + options + templates }, sets);
    }
    return v5Packet(
      { sysUptime, unixSecs, sequence },
      ids.map((id) => this.#v5Record(id, sysUptime)),
    );
  }

  #units({ flows = 0, options = 0, templates = 0 }: Load): number {
    if (this.unit === 'packets') return 1;
    if (this.unit === 'flows') return flows;
    return this.unit === 'data records' ? flows + options : flows + options + templates;
  }

  #values(id: number, now: number): Values {
    const uptime = Math.floor(now - this.#boot);
    const exported = Math.floor(now + this.#clock);
    const text = Buffer.from('interface'.slice(0, id % 10));
    return {
      ...{
        1: id,
        2: 1,
        4: 6,
        7: 40_000,
        8: Buffer.of(10, 1, 1, 1),
        10: 0x01010101,
        11: 443,
        12: Buffer.of(192, 0, 2, 1),
      },
      ...{ 21: uptime - 1, 22: uptime - 1_001, 82: text, 152: exported - 1_000, 153: exported - 1 },
    };
  }

  #v5Record(id: number, sysUptime: number): Buffer {
    const record = Buffer.alloc(48);
    record.set([10, 1, 1, 1, 192, 0, 2, 1]);
    record.writeUInt32BE(1, 16);
    record.writeUInt32BE(id, 20);
    record.writeUInt32BE(sysUptime - 1_000, 24);
    record.writeUInt32BE(sysUptime - 1, 28);
    record[38] = 6;
    return record;
  }
}
