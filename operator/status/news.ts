/** Which conditions are worth an Event, and a write at once. Pure. */
import type { Condition, ConditionStatus } from '../runtime/status-conditions.ts';

const HEALTHY: Record<string, ConditionStatus> = {
  ConfigAccepted: 'True',
  Degraded: 'False',
  Progressing: 'False',
  Ready: 'True',
  Exporting: 'True',
  ReportsFresh: 'True',
};

/** Their details depend on many nodes: only a change of their status is news. */
const OF_REPORTS = ['Exporting', 'ReportsFresh'];

/**
 * The conditions that differ from before; for a new resource, those that are not as they should be. Of those that say
 * the same, the first: Ready repeats why, and Stalled and Reconciling nothing else.
 */
export function newsIn(previous: readonly Condition[], next: readonly Condition[]): Condition[] {
  const news = next.filter(({ type, status, reason }) => {
    if (!(type in HEALTHY)) return false;
    const before = previous.find((condition) => condition.type === type);
    if (OF_REPORTS.includes(type)) return before ? before.status !== status : status === 'False';
    return before ? before.status !== status || before.reason !== reason : status !== HEALTHY[type];
  });
  return news.filter(({ reason }, index) => news.findIndex((other) => other.reason === reason) === index);
}

/** Whether somebody should look: a rollout or a start is nothing to warn of. */
export function isWarning({ type, status }: Condition): boolean {
  if (OF_REPORTS.includes(type)) return status === 'False';
  return (type === 'ConfigAccepted' || type === 'Degraded') && status !== HEALTHY[type];
}
