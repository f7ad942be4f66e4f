/** Whether reports come, and whether the backend takes flows, as conditions. Pure. */
import { clip, listed } from '../../crds/common/text.ts';
import type { Finding, ReasonedCondition } from '../cluster/reasons.ts';
import type { Summary } from '../ingestion/aggregate.ts';

/** Nodes that a message names. */
const MAX_NODES = 5;
const MAX_ERROR = 300;

/** The conditions that follow from reports alone. */
export function reportConditions(summary: Summary): ReasonedCondition[] {
  return [exporting(summary), reportsFresh(summary)];
}

/** What is wrong with files of names, on whichever nodes; undefined when nothing is. */
export function misnamedIn({ nodes, misnamed }: Summary): Finding | undefined {
  if (misnamed.length === 0) return undefined;
  const where = placesOf(misnamed, nodes.reporting);
  const error = mostFrequent(misnamed.map(({ error }) => error))
    .replace(/^.*?\belements\.file: \S+: /, 'spec.elements: ')
    .replace(/^.*?\bspans\.attributes\.networksFile: \S+: /, 'spec.spans.attributes.networks: ');
  return { reason: 'NamesRefused', message: `on ${where} names are the last good ones, if any: ${error}` };
}

/** How many nodes these are, and the first of their names. */
function placesOf(places: readonly { node: string }[], all: number): string {
  const names = places.map(({ node }) => node);
  return `${names.length} of ${all} nodes (${listed(names, MAX_NODES)})`;
}

function exporting({ nodes, exporting: { working, failing } }: Summary): ReasonedCondition {
  const type = 'Exporting';
  if (failing.length > 0) {
    const error = clip(mostFrequent(failing.map(({ error }) => error)) || 'no reason is known', MAX_ERROR);
    const where = placesOf(failing, nodes.reporting);
    const said = inResource(error);
    const remedy = said.includes('spec.') ? '' : '; check that it runs, spec.otlp.endpoint and its credentials';
    const message = `the backend does not take flows of ${where}: ${said}${remedy}`;
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

function reportsFresh({ nodes, silent }: Summary): ReasonedCondition {
  const type = 'ReportsFresh';
  const missing = silent.length;
  if (nodes.expected === 0) {
    return { type, status: 'Unknown', reason: 'NoPods', message: 'there are no pods that could report' };
  }
  if (missing === 0) {
    const message =
      nodes.awaited > 0
        ? `${nodes.awaited} of ${nodes.expected} nodes have just started, all others report`
        : 'all nodes report';
    return { type, status: 'True', reason: 'AllReporting', message };
  }
  const message = `${missing} of ${nodes.expected} nodes do not report (${listed(silent, MAX_NODES)}): they are not in the rates; worstNodes says more`;
  return { type, status: 'False', reason: 'NodesSilent', message };
}

function mostFrequent(texts: readonly string[]): string {
  const [first] = [...Map.groupBy(texts, (text) => text)].sort(([, a], [, b]) => b.length - a.length);
  return first[0];
}

/** What a collector says of its configuration, with the names of the resource's fields. */
function inResource(error: string): string {
  return error
    .replace(/otlp\.tls\.certFile and keyFile \(in the resource: (tls\.\w+)\)/g, 'spec.otlp.$1')
    .replace(/otlp\.tls\.\w+ \(in the resource: (tls\.\w+)\)/g, 'spec.otlp.$1')
    .replace(/, or for host:port set otlp\.insecure: (true|false)/g, '')
    .replace(/(?<![\w.])(metrics\.)?otlp\.(tls|endpoint|protocol)\b/g, 'spec.$1otlp.$2');
}
