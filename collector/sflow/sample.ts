/** A sample of a datagram: what it says before its records, of which each has a format and a length of its own. */

/** Formats of samples that sFlow.org defines (sFlow Version 5, §5; Dropped Packet Notification Structures). */
export const SAMPLE = {
  flow: 1,
  counters: 2,
  expandedFlow: 3,
  expandedCounters: 4,
  discardedPacket: 5,
  /** Stands for all others, which are skipped. */
  other: 0,
} as const;

/** What the value of an interface is (sFlow Version 5, §5, `interface`). */
export const INTERFACE = { index: 0, discarded: 1, multiple: 2 } as const;
/** The interface of packets from and to the device itself. */
export const INTERNAL = 0x3fff_ffff;

/** Bytes of the format and the length before a sample, and before a record. */
const PREFIX = 8;
/** Bytes before the records, by format. */
const HEAD_LENGTHS: readonly number[] = [0, 32, 12, 44, 16, 32];

export class Sample {
  /** One of `SAMPLE`. */
  kind = 0;
  /** Where its records begin, how many it says there are, and where it ends. */
  recordsAt = 0;
  records = 0;
  end = 0;
  sequence = 0;
  /** The data source: class 0 has the ifIndex as its index, 1 a VLAN, 2 a physical entity. */
  sourceClass = 0;
  sourceIndex = 0;
  /** Of flow samples; `drops` of discarded packets, too. */
  rate = 0;
  pool = 0;
  drops = 0;
  /** What the values are: `INTERFACE`. */
  inputFormat = 0;
  input = 0;
  outputFormat = 0;
  output = 0;
  /** Why a packet was discarded. */
  reason = 0;

  /** Whether it stands for a packet. */
  get isFlow(): boolean {
    const { kind } = this;
    return kind === SAMPLE.flow || kind === SAMPLE.expandedFlow || kind === SAMPLE.discardedPacket;
  }

  get isCounters(): boolean {
    return this.kind === SAMPLE.counters || this.kind === SAMPLE.expandedCounters;
  }

  /**
   * Reads the sample at `at` of a datagram that ends at `end`; returns what is wrong with it, so that it can't be read.
   * Those of other formats are known only by where they end.
   */
  read(view: DataView, at: number, end: number): string | undefined {
    if (at + PREFIX > end) return `${end - at} bytes are left for a sample`;
    const format = view.getUint32(at);
    const length = view.getUint32(at + 4);
    const body = at + PREFIX;
    this.end = body + length;
    if (this.end > end) return `a sample states ${length} bytes, ${end - body} are left`;
    this.kind = format < HEAD_LENGTHS.length ? format : SAMPLE.other;
    const head = HEAD_LENGTHS[this.kind];
    if (head > length) return `a sample of format ${format} states ${length} bytes, its head alone has ${head}`;
    this.recordsAt = body + head;
    this.records = 0;
    if (this.kind === SAMPLE.other) return undefined;
    this.sequence = view.getUint32(body);
    this.records = view.getUint32(this.recordsAt - 4);
    const isCompact = this.kind <= SAMPLE.counters;
    const source = view.getUint32(body + 4);
    this.sourceClass = isCompact ? source >>> 24 : source;
    this.sourceIndex = isCompact ? source & 0xff_ffff : view.getUint32(body + 8);
    if (this.kind === SAMPLE.flow) this.#readCompact(view, body + 8);
    else if (this.kind === SAMPLE.expandedFlow) this.#readExpanded(view, body + 12);
    else if (this.kind === SAMPLE.discardedPacket) this.#readDiscarded(view, body + 12);
    return undefined;
  }

  #readCompact(view: DataView, at: number): void {
    this.#readSampling(view, at);
    const [input, output] = [view.getUint32(at + 12), view.getUint32(at + 16)];
    this.inputFormat = input >>> 30;
    this.input = input & INTERNAL;
    this.outputFormat = output >>> 30;
    this.output = output & INTERNAL;
  }

  #readExpanded(view: DataView, at: number): void {
    this.#readSampling(view, at);
    this.inputFormat = view.getUint32(at + 12);
    this.input = view.getUint32(at + 16);
    this.outputFormat = view.getUint32(at + 20);
    this.output = view.getUint32(at + 24);
  }

  #readSampling(view: DataView, at: number): void {
    this.rate = view.getUint32(at);
    this.pool = view.getUint32(at + 4);
    this.drops = view.getUint32(at + 8);
  }

  #readDiscarded(view: DataView, at: number): void {
    this.drops = view.getUint32(at);
    this.inputFormat = INTERFACE.index;
    this.input = view.getUint32(at + 4);
    this.outputFormat = INTERFACE.index;
    this.output = view.getUint32(at + 8);
    this.reason = view.getUint32(at + 12);
  }
}

/** A record of a sample: its format, and the bytes of it. */
export class SampleRecord {
  /** Enterprise × 4,096 + format; formats of sFlow.org itself are below 4,096. */
  format = 0;
  at = 0;
  end = 0;

  /** Reads the record at `at` of a sample that ends at `end`; returns what is wrong with it. The next is at its end. */
  read(view: DataView, at: number, end: number): string | undefined {
    if (at + PREFIX > end) return `${end - at} bytes are left for a record`;
    const length = view.getUint32(at + 4);
    this.format = view.getUint32(at);
    this.at = at + PREFIX;
    this.end = this.at + length;
    return this.end > end ? `a record states ${length} bytes, ${end - this.at} are left` : undefined;
  }
}
