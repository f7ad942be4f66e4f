/** What the selection did, by the places that decide: filter, rules, default. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Action } from '../../crds/selection.ts';
import { DEFAULT_PLACE, type Ledger } from '../ledger/ledger.ts';
import { placeOfRule, type RuleSlots } from '../ledger/rule-slots.ts';

/** `rule` is `filter`, `default` or the name of a rule. */
export type SelectionPart = { rule: string; action: Action; kept: number; leftOut: number };

/** The places of a selection in their order; none when it keeps everything. */
export function selectionOf({ selection }: CollectorConfig, ledger: Ledger, slots: RuleSlots): SelectionPart[] {
  const { filter, rules, default: rest, sampling } = selection;
  const part = (rule: string, action: Action, place: number): SelectionPart => {
    const leftOut = ledger[`ruleLeftOut.${place}`];
    return { rule, action, kept: ledger[`ruleFlows.${place}`] - leftOut, leftOut };
  };
  const samples = sampling.probability < 1 || sampling.flowsPerSecond !== undefined;
  const parts = [
    ...(filter === undefined ? [] : [part('filter', 'drop', 0)]),
    ...rules.map(({ name, action }) => part(name, action, placeOfRule(slots, name))),
  ];
  if (parts.length === 0 && (rest === 'keep' || (rest === 'sample' && !samples))) return [];
  return [...parts, part('default', rest === 'sample' && !samples ? 'keep' : rest, DEFAULT_PLACE)];
}
