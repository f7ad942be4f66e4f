/**
 * A collector under a flood, and a good exporter beside it: what it told before is known afterwards, and its data are
 * decoded without a template or options of its own again. With what the main thread keeps, too.
 */
import assert from 'node:assert/strict';
import { COUNTER, type CounterName, createCounters } from '../../collector/ledger/ledger.ts';
import { Pipeline } from '../../collector/pipeline/pipeline.ts';
import { toJson } from '../../collector/templates/announcement.ts';
import { KnownTemplates } from '../../collector/templates/known.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { ipfixMessage } from '../generator/packet.ts';
import { dataSet, encodeRecord, optionsTemplateSet, type Template, templateSet } from '../generator/set.ts';
import { measureMemory } from './memory.ts';

export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const GOOD = '192.0.2.1';
/** As many as a router of some size has: in use, and one that seldom is. */
const TEMPLATES: readonly Template[] = Array.from({ length: 40 }, (_, index) => ({
  id: 256 + index,
  fields: [8, 12, 7, 11, 4, 1 + (index % 2), 152, 153].map((id) => ({ id, length: id > 100 ? 8 : 4 })),
}));
const SELDOM = 39;
const RECORDS = 5;
const BOOT = { id: 300, scope: [{ id: 149, length: 4 }], fields: [{ id: 160, length: 8 }] };
const INTERFACE = { id: 301, scope: [{ id: 10, length: 4 }], fields: [{ id: 82, length: 16 }] };
const INTERFACES = 200;

export type Flood = ReturnType<typeof startFlood>;

/** Starts a collector to which the good exporter has told all, and sent flows. */
export function startFlood(config: CollectorConfigInput = {}) {
  const counters = createCounters();
  const known = new KnownTemplates(65_536);
  let now = START_MS;
  let facts = 0;
  const pipeline = new Pipeline({
    config: collectorConfig.parse(config),
    counters,
    resource: {},
    log: createLog('error'),
    now: () => now,
    sink: {
      push: (batch) => {
        counters[COUNTER.flowsInFlight] -= batch.flows;
        counters[COUNTER.flowsExported] += batch.flows;
        batch.release();
      },
    },
    onNews: (announcement) => {
      if ('facts' in announcement) facts += announcement.facts.length;
      for (const announced of toJson({ ...announcement, port: 0 })) known.add(announced);
    },
  });
  const receive = (address: string, packet: Uint8Array) =>
    pipeline.receive(packet, { listener: 0, address, port: 4_739 }, now);
  const good = (...sets: Uint8Array[]) =>
    receive(GOOD, ipfixMessage({ exportTime: Math.floor(now / 1_000), sequence: 0, domain: 7 }, sets));
  const count = (name: CounterName) => counters[COUNTER[name]];
  const sendData = (templates: readonly Template[]) => {
    for (const { id, fields } of templates)
      good(dataSet(id, Array<Buffer>(RECORDS).fill(encodeRecord(fields, { 152: now, 153: now }))));
  };

  good(templateSet(10, TEMPLATES), optionsTemplateSet(10, [BOOT, INTERFACE]));
  good(dataSet(BOOT.id, [encodeRecord([...BOOT.scope, ...BOOT.fields], { 149: 7, 160: START_MS - 99_000 })]));
  good(
    dataSet(
      INTERFACE.id,
      Array.from({ length: INTERFACES }, (_, id) =>
        encodeRecord([...INTERFACE.scope, ...INTERFACE.fields], {
          10: id,
          82: Buffer.from(`eth${id}`.padEnd(16, '\0')),
        }),
      ),
    ),
  );
  sendData(TEMPLATES.filter((_, index) => index !== SELDOM));
  const exporter = pipeline.exporters.values().next().value!;
  assert.equal(count('flows'), (TEMPLATES.length - 1) * RECORDS);
  const before = measureMemory();

  return {
    receive,
    count,
    /** Facts that were told to the main thread. */
    get facts() {
      return facts;
    },
    /** Templates that were learned of others. */
    get learned() {
      return count('templatesLearned') - TEMPLATES.length - 2;
    },
    /** An IPFIX message of an address. */
    send(address: string, domain: number, ...sets: Uint8Array[]): void {
      receive(address, ipfixMessage({ exportTime: Math.floor(now / 1_000), sequence: 0, domain }, sets));
    },
    wait(ms: number): void {
      now += ms;
    },
    /**
     * The good exporter sends data alone: none is lost, and what it told is known, in the main thread, too, unless
     * sources are forged: that does not know who sends flows. Memory grew by no more than that.
     */
    check(maxBytes: number, { forged = false } = {}): void {
      const grown = measureMemory() - before;
      assert.ok(grown <= maxBytes, `${Math.round(grown / 2 ** 20)} MiB`);
      const flows = exporter.flows;
      const errors = exporter.errors;
      sendData(TEMPLATES);
      pipeline.flush();
      assert.equal(exporter.flows - flows, TEMPLATES.length * RECORDS, 'flows');
      assert.deepEqual([exporter.errors - errors, exporter.heldSets, exporter.exceeded.size], [0, 0, 0]);
      assert.equal(count('flowsExported'), count('flows') - count('flowsDropped.plan_limit'), 'all are exported');
      const device = exporter.domains.values().next().value!.device!;
      assert.equal(device.find('boot', 0)?.ms, START_MS - 99_000);
      for (let id = 0; id < INTERFACES; id++)
        assert.deepEqual(device.find('interface', id), { kind: 'interface', id, name: `eth${id}` });
      const own = known.list().filter(({ address }) => address === GOOD);
      if (!forged) assert.equal(own.length, TEMPLATES.length + 2 + 1 + INTERFACES, 'what the main thread keeps');
      assert.equal(exporter.templates.size, TEMPLATES.length + 2);
    },
  };
}
