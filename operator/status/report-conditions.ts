/** Whether reports come, and whether the backend takes flows, as conditions. Pure. */
import { clip, listed } from '../../crds/common/text.ts';
import type { ReasonedCondition } from '../cluster/reasons.ts';
import type { Summary } from '../ingestion/aggregate.ts';

/** Nodes that a message names. */
const MAX_NODES = 5;
const MAX_ERROR = 300;

export function reportConditions(summary: Summary): ReasonedCondition[] {
  return [exporting(summary), reportsFresh(summary)];
}

function exporting({ nodes, exporting: { working, failing } }: Summary): ReasonedCondition {
  const type = 'Exporting';
  if (failing.length > 0) {
    const error = clip(mostFrequent(failing.map(({ error }) => error)) || 'no reason is known', MAX_ERROR);
    const where = `${failing.length} of ${nodes.reporting} nodes (${listed(
      failing.map(({ node }) => node),
      MAX_NODES,
    )})`;
    const message = `the backend does not take flows of ${where}: ${error}; check that it runs, spec.otlp.endpoint and its credentials`;
    return { type, status: 'False', reason: working > 0 ? 'SomeFailing' : 'BackendFailing', message };
  }
  if (nodes.reporting === 0) {
    return { type, status: 'Unknown', reason: 'NoReports', message: 'no collector reports: ReportsFresh says why' };
  }
  if (working === 0) {
    const message = 'nothing was sent to the backend yet, as no flows have come';
    return { type, status: 'Unknown', reason: 'NothingSent', message };
  }
  return { type, status: 'True', reason: 'Accepted', message: 'the backend takes what is sent' };
}

function reportsFresh({ nodes, faults }: Summary): ReasonedCondition {
  const type = 'ReportsFresh';
  const missing = nodes.expected - nodes.reporting - nodes.awaited;
  if (nodes.expected === 0) {
    return { type, status: 'Unknown', reason: 'NoPods', message: 'there are no pods that could report' };
  }
  if (missing === 0) {
    const message =
      nodes.awaited > 0 ? `all but ${nodes.awaited} nodes that have just started report` : 'all nodes report';
    return { type, status: 'True', reason: 'AllReporting', message };
  }
  const silent = faults.filter(({ reason }) => reason === 'Silent').map(({ node }) => node);
  const named = silent.length > 0 ? ` (${listed(silent, MAX_NODES)})` : '';
  const message = `${missing} of ${nodes.expected} nodes do not report${named}: they are not in the rates; worstNodes and Degraded say more`;
  return { type, status: 'False', reason: 'NodesSilent', message };
}

function mostFrequent(texts: readonly string[]): string {
  const [first] = [...Map.groupBy(texts, (text) => text)].sort(([, a], [, b]) => b.length - a.length);
  return first[0];
}
