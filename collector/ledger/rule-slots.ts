/**
 * Which counters belong to which rule. A rule keeps its own as long as it keeps its name, wherever it stands among the
 * others and however the selection changes: so what is counted by rule only grows.
 */
import { MAX_RULES } from '../../crds/selection.ts';
import { COUNTER, type Counters } from './ledger.ts';

/** Names of rules by slot; the counters of slot 0 are `ruleFlows.1` and `ruleLeftOut.1`. Undefined: never used. */
export type RuleSlots = readonly (string | undefined)[];

/**
 * Finds slots for the rules that have none in `slots`. Those of rules that are gone are taken when no other is left, so
 * a rule that comes back finds its counts.
 */
export function assignRuleSlots(slots: RuleSlots, rules: readonly { name: string }[]): RuleSlots {
  const next = Array.from({ length: MAX_RULES }, (_, slot) => slots[slot]);
  const names: (string | undefined)[] = rules.map(({ name }) => name);
  for (const name of names) {
    if (next.includes(name)) continue;
    const unused = next.indexOf(undefined);
    const gone = next.findIndex((owner) => !names.includes(owner));
    next[unused >= 0 ? unused : gone] = name;
  }
  return next;
}

/** The number behind `ruleFlows.` and `ruleLeftOut.` of a rule. */
export function placeOfRule(slots: RuleSlots, name: string): number {
  return slots.indexOf(name) + 1;
}

/** Sets the counters to 0 whose slot has another owner than before. Must be called by the thread that writes them. */
export function clearRuleCounters(counters: Counters, before: RuleSlots, after: RuleSlots): void {
  for (const [slot, name] of after.entries()) {
    if (name === before[slot]) continue;
    counters[COUNTER['ruleFlows.1'] + slot] = 0;
    counters[COUNTER['ruleLeftOut.1'] + slot] = 0;
  }
}
