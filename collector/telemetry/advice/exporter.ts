/** What is wrong with one exporter, in words, for its row of the page: the advice above it says what to do. */
import type { CollectorConfig } from '../../../crds/collector-config.ts';
import type { ExporterState } from '../state.ts';
import { LOSS, lostShare, OVER_BUDGET } from './content.ts';
import { count, duration } from './rule.ts';
import { CLOCK_ERROR_S, LATE_S, range } from './times.ts';

/** It sent packets, but none for so long. */
const SILENT_MS = 5 * 60_000;

/** At `now`, in Unix milliseconds. */
export function problemsOf(exporter: ExporterState, { templates }: CollectorConfig, now: number): string[] {
  const { heldSets, overBudget, flippingTemplates, samplesUnrated, clockOffsetSeconds: offset = 0 } = exporter;
  const { lateness, errors, flows, packets, lostFlows, lostPackets, lastPacketTime } = exporter;
  const problems: string[] = [];
  const tell = (isSo: boolean, text: () => string): void => void (isSo && problems.push(text()));
  tell(now - lastPacketTime > SILENT_MS, () => `nothing has come for ${duration(now - lastPacketTime)}`);
  tell(heldSets > 0, () => `${count(heldSets, 'data set waits', 'data sets wait')} for a template`);
  tell(flippingTemplates && !templates.keyBySourcePort, () => 'several devices seem to send from this address');
  for (const budget of overBudget) tell(true, () => `sends too many ${OVER_BUDGET[budget]}`);
  tell(samplesUnrated, () => 'flows are sampled at a rate that is not known');
  tell(Math.abs(offset) > CLOCK_ERROR_S, () => {
    return `clock is ${duration(Math.abs(offset) * 1_000)} ${offset > 0 ? 'ahead' : 'behind'}`;
  });
  tell(lateness !== undefined && lateness.from > LATE_S, () => `flows end ${range(lateness!)} before they arrive`);
  tell(errors > 0, () => `${count(errors, 'packet')} could not be read in full`);
  tell(lostShare(lostFlows, flows) >= LOSS, () => `${count(lostFlows, 'flow')} never came, by its sequence numbers`);
  tell(lostShare(lostPackets, packets) >= LOSS, () => {
    return `${count(lostPackets, 'packet')} never came, by its sequence numbers`;
  });
  return problems;
}
