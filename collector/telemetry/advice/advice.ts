/** What is wrong, and what to do about it: a pure function of the collector's state. */
import { arrival, health, hiddenSenders, kernelDrops, otherProtocol } from './arrival.ts';
import { configuration, elementNames, networkNames, spanNames } from './configuration.ts';
import {
  budgets,
  flippingTemplates,
  missingTemplates,
  samplingRates,
  selection,
  sequenceGaps,
  undecodable,
} from './content.ts';
import { backend, books, drops, spool, stateFolder, verification } from './export.ts';
import type { Advice, AdviceInput, Rule } from './rule.ts';
import { clocks, lateFlows, wrongClocks } from './times.ts';

const RULES: Rule[] = [
  health,
  configuration,
  networkNames,
  elementNames,
  spanNames,
  arrival,
  otherProtocol,
  hiddenSenders,
  kernelDrops,
  missingTemplates,
  flippingTemplates,
  budgets,
  undecodable,
  sequenceGaps,
  samplingRates,
  backend,
  spool,
  stateFolder,
  verification,
  drops,
  books,
  clocks,
  wrongClocks,
  lateFlows,
  selection,
];
const ORDER = ['error', 'warning', 'info'] as const;

/**
 * All that is worth saying at `now` (Unix milliseconds), the worst first; an empty list when there is nothing to say.
 */
export function advise(input: AdviceInput, now: number): Advice[] {
  const advice = RULES.flatMap((rule) => rule(input, now));
  return advice.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
