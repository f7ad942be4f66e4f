/** Templates, exporters and held data sets for tests of this folder. */
import { type CollectorConfig, collectorConfig } from '../../crds/collector-config.ts';
import { PacketHeader } from '../decode/header.ts';
import type { Template } from '../decode/template.ts';
import type { BudgetName } from '../ledger/ledger.ts';
import type { Exporter, HeldSet, StoredTemplate } from './exporter.ts';
import { ExporterTable } from './exporter-table.ts';
import { TemplateStore } from './store.ts';

/** A template of one protocol field, whose length tells it from others with the same id. */
export function template(id: number, length = 1, change: Partial<Template> = {}): Template {
  const fields = [{ pen: 0, id: 4, length }];
  const raw = Buffer.of(id >> 8, id & 255, 0, 1, 0, 4, 0, length);
  return {
    version: 10,
    id,
    options: false,
    scopeFieldCount: 0,
    fields,
    minLength: length,
    variable: false,
    raw,
    ...change,
  };
}

/** A data set of `length` bytes that waits for a template. */
export function heldSet(exporter: Exporter, key: number, length: number, receivedMs = 0): HeldSet {
  return {
    exporter,
    key,
    misfit: false,
    tried: undefined,
    epoch: 0,
    bytes: Buffer.alloc(length),
    header: new PacketHeader(),
    receivedMs,
    monotonicMs: receivedMs,
    trace: new Int32Array(6),
  };
}

/** A template of this exporter as it is stored. */
export function storedTemplate(exporter: Exporter, key: number, of: Template = template(256)): StoredTemplate {
  const told = { adopted: false, toldAt: 0 };
  const times = { exportTime: 0, receivedAt: 0, lastUsed: 0, dataAt: 0 };
  return {
    ...{ template: of, exporter, key, ...times, port: 1, former: undefined, padded: false },
    ...{ ...told, epoch: 0, stale: false },
  };
}

/**
 * A store and its exporters, how many held sets it gave up, the lengths of those that did not fit their template, what
 * was forgotten.
 */
export function createStore(
  limits: Partial<CollectorConfig['limits']> = {},
  templates: Partial<CollectorConfig['templates']> = {},
): {
  store: TemplateStore;
  exporters: ExporterTable;
  discarded: () => number;
  misfits: number[];
  exceeded: Partial<Record<BudgetName, number>>;
} {
  let discarded = 0;
  const misfits: number[] = [];
  const exceeded: Partial<Record<BudgetName, number>> = {};
  const defaults = collectorConfig.parse({});
  const config = { limits: { ...defaults.limits, ...limits }, templates: { ...defaults.templates, ...templates } };
  const onExceeded = (budget: BudgetName): void => {
    exceeded[budget] = (exceeded[budget] ?? 0) + 1;
  };
  const store = new TemplateStore(config, {
    onDiscard: (count) => {
      discarded += count;
    },
    onMisfit: ({ bytes }) => misfits.push(bytes.length),
    onExceeded,
  });
  const exporters = new ExporterTable(config, { onForget: (exporter) => store.forgetExporter(exporter), onExceeded });
  return { store, exporters, discarded: () => discarded, misfits, exceeded };
}
