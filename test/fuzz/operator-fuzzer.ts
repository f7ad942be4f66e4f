/** The fuzzer's loop for what is told to the operator: takes a message, changes it, sends it. */
import { REPORT_FILES } from '../../crds/report.ts';
import { reportOf } from '../../operator/ingestion/reporter.fixture.ts';
import { type Json, mutateJson } from './mutate-json.ts';
import { createOperatorTarget, type OperatorInput } from './operator-target.ts';
import { createChoices, type Random } from './random.ts';

export type OperatorFuzzOptions = {
  seed: number;
  executions: number;
  /** Stop at this time of `performance.now()`. */
  deadline: number;
  /** How long one execution may take, milliseconds. */
  maxMs: number;
  onFailure: (error: Error, input: OperatorInput) => void;
};

/** Executions after which a new operator begins. */
const TARGET_LIFE = 20_000;
const MAX_CORPUS = 256;
const PODS = 4;

type Seed = { to: OperatorInput['to']; value: Json };

/** Runs until the executions or the time are used up, or a rule is broken; returns how many executions there were. */
export function fuzzOperator({ seed, executions, deadline, maxMs, onFailure }: OperatorFuzzOptions): number {
  const random = createChoices(seed);
  const corpus = seeds();
  let target = createOperatorTarget();
  for (let execution = 0; ; execution++) {
    if (execution >= executions || performance.now() >= deadline) return execution;
    if (execution % TARGET_LIFE === TARGET_LIFE - 1) target = createOperatorTarget();
    const from = random.pick(corpus);
    let { value } = from;
    for (let change = random.below(4); change >= 0; change--) value = mutateJson(value, random);
    const input = { to: from.to, pod: random.below(PODS), pause: random.below(2_000), body: bodyOf(value, random) };
    const start = performance.now();
    try {
      target.run(input);
    } catch (error) {
      onFailure(error as Error, input);
      return execution + 1;
    }
    const duration = performance.now() - start;
    if (duration > maxMs) {
      onFailure(new Error(`it takes ${Math.round(duration)} ms`), input);
      return execution + 1;
    }
    // Changes of changes: but what grows would take all the time.
    if (random.oneIn(20) && input.body.length < 20_000) {
      if (corpus.length < MAX_CORPUS) corpus.push({ to: from.to, value });
      else corpus[seeds().length + random.below(corpus.length - seeds().length)] = { to: from.to, value };
    }
  }
}

/** As text, which now and then is cut off or spoiled. */
function bodyOf(value: Json, { below, oneIn, pick }: Random): string {
  const body = JSON.stringify(value);
  if (!oneIn(20)) return body;
  const at = below(body.length + 1);
  return body.slice(0, at) + pick(['', '}', ',', '\\u0000', '1e999', body]) + (oneIn(2) ? body.slice(at + 1) : '');
}

function seeds(): Seed[] {
  const origin = { listener: 'netflow', address: '10.0.0.1', port: 0, version: 10, domain: 0, receivedAt: 1.9e12 };
  const template = { ...origin, options: false, exportTime: 1, record: 'AQAAAgAMAAQACAAE' };
  const options = { ...template, options: true, record: 'AQEAAgABAJAABAFjAAQ=' };
  const other = { ...template, address: '10.9.9.9', record: 'AQAAAQAEAAE=' };
  const data = { ...options, data: { domain: 0, record: 'AAAABwAAAAE=' } };
  const fact = { ...origin, fact: { kind: 'interface', id: 3, name: 'Gi0/3', description: 'to core' } };
  const clock = { ...origin, fact: { kind: 'boot', id: 0, ms: 1.7e12 } };
  const told = { templates: [template, other, options, data], facts: [fact, clock] };
  const speakers = { 'netflow 10.0.0.1 0 10 0': { name: 'good', uid: 'uid-good' } };
  const exporter = { address: '10.0.0.1', packetsPerSecond: 1, flowsPerSecond: 20, lostPercent: 0.5 };
  const reported = reportOf(
    60_000,
    { packets: 100, flows: 2_000, exported: 1_900, dropped: 100 },
    {
      ...{ droppedByReason: { queue_full: 100 }, exporters: 1, topExporters: [exporter], sinceLastPacket: 10 },
      export: { state: 'failing', error: '14 UNAVAILABLE' },
    },
  );
  return [
    { to: 'exchange', value: { cursor: 0, ...told } },
    { to: 'exchange', value: { registry: REPORT_FILES.templates, cursor: 3, templates: [other], facts: [] } },
    { to: 'copy', value: { ...told, speakers } },
    { to: 'reports', value: JSON.parse(JSON.stringify(reported)) as Json },
    { to: 'reports', value: JSON.parse(JSON.stringify(reportOf(1_000))) as Json },
  ];
}
