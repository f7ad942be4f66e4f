/**
 * Restarts that options data tell, by when the device was started (160): in IPFIX, which has no uptime, the only sign
 * where sequence numbers happen to go on. In: that moment, by the device's clock. Out: another epoch of its domains.
 */
import { type Domain, templateKey } from './exporter.ts';

/** Devices work it out from their uptime, again and again: while they run, it moves by less than this. */
const MAX_DRIFT_MS = 60_000;
/** Ids of templates in a key. */
const IDS = 2 ** 16;

/**
 * Takes note of when the device of a domain was started, before that is known of it; of domain 0 it is true of all (RFC
 * 7011 §3.1).
 */
export function startedAt(domain: Domain, ms: number): void {
  const { version, id, exporter, device } = domain;
  const known = device?.find('boot', 0)?.ms;
  if (version !== 10 || known === undefined || ms <= known + MAX_DRIFT_MS) return;
  for (const each of id === 0 ? exporter.domains.values() : [domain])
    if (each.version === version) beginEpoch(each, ms);
}

/** Begins an epoch to which belongs what was exported from `ms` on, unless there is nothing of before. */
function beginEpoch(domain: Domain, ms: number): void {
  const { exporter, version, id, epoch } = domain;
  const first = templateKey(version, id, 0);
  const isOwn = (one: { key: number; epoch: number }) =>
    one.key >= first && one.key < first + IDS && one.epoch === epoch;
  // The header's Export Time counts whole seconds.
  const since = Math.floor(ms / 1_000);
  const templates = [...exporter.templates.values()].filter(isOwn);
  const held = [...exporter.held.values()].flatMap((sets) => [...sets]).filter(isOwn);
  const fresh = [
    ...templates.filter(({ exportTime }) => exportTime >= since),
    ...held.filter(({ header }) => header.exportMs >= since * 1_000),
  ];
  if (fresh.length === templates.length + held.length) return;
  domain.epoch++;
  for (const one of fresh) one.epoch = domain.epoch;
}
