/** The sequence that the packet at hand is of: what never came before it, and whether an earlier run has begun it. */
import type { Order } from '../decode/sequence.ts';
import type { Part } from '../decode/sets.ts';
import { COUNTER, type Counters } from '../ledger/ledger.ts';
import type { KeptSequences } from '../templates/kept-sequences.ts';
import type { Packet } from './packet.ts';

export type SequencesContext = {
  packet: Packet;
  counters: Counters;
  /** Sequences that an earlier run has kept. */
  kept: KeptSequences | undefined;
  /** The name of a listener, by its index. */
  nameOf(listener: number): string;
};

export class Sequences {
  readonly #context: SequencesContext;
  /** Whether the packet's domain has just gone on from what an earlier run has kept. */
  #isResumed = false;

  constructor(context: SequencesContext) {
    this.#context = context;
  }

  /** Where the packet stands in its sequence; undefined when it tells no number. */
  orderOf(): Order | undefined {
    const { domain, header } = this.#context.packet;
    this.#isResumed = false;
    if (header.sequence < 0) return undefined;
    if (!domain.sequence.begun) this.#isResumed = this.#resume();
    return domain.sequence.orderOf(header);
  }

  /** Makes a domain of which this is the first packet go on from what was kept; returns whether it does. */
  #resume(): boolean {
    const { packet, kept, nameOf } = this.#context;
    const { domain, exporter, receivedMs } = packet;
    return kept?.resume(nameOf(exporter.listener), domain, receivedMs) ?? false;
  }

  /** Enters what never came before the packet, which carried these parts. */
  track(order: Order, parts: readonly Part[], malformed: boolean): void {
    const carried = { flows: malformed ? Number.NaN : 0, options: 0, templates: 0 };
    for (const part of parts) {
      if (part.kind === 'unknown data') carried.flows = Number.NaN;
      else if (part.kind === 'samples')
        carried.flows = 1; // Numbers are of datagrams, whatever is in them.
      else if (part.kind !== 'data') carried.templates++;
      else if (part.template.options) carried.options += part.records;
      else carried.flows += part.records;
    }
    const { packet, counters } = this.#context;
    const { exporter, domain, header } = packet;
    const lost = exporter.trackSequence(domain, order, header, carried);
    counters[COUNTER.lostFlows] += lost.flows;
    counters[COUNTER.lostPackets] += lost.packets;
    if (this.#isResumed) {
      counters[COUNTER.lostFlowsBetweenRuns] += lost.flows;
      counters[COUNTER.lostPacketsBetweenRuns] += lost.packets;
    }
  }
}
