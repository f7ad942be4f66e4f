/**
 * What collectors tell the operator, and what it tells them: reports, exchanges of templates, and the copy it keeps.
 * In: bodies as the network brings them. Out: nothing, unless a rule is broken; then what was thrown, or a Violation.
 */
import { gzipSync } from 'node:zlib';
import { createHarness, hex, ipfix, SOURCE } from '../../collector/pipeline/pipeline.fixture.ts';
import { fromJson } from '../../collector/templates/announcement.ts';
import { KnownTemplates } from '../../collector/templates/known.ts';
import { status } from '../../crds/netflowcollector/status.ts';
import { reply, report } from '../../crds/report.ts';
import {
  type Announced,
  type AnnouncedTemplate,
  MAX_EXCHANGE_BYTES,
  templateReply,
  templateRequest,
} from '../../crds/template.ts';
import { createReports } from '../../operator/ingestion/reports.ts';
import { NO_SUMS } from '../../operator/ingestion/sums.fixture.ts';
import { Sums } from '../../operator/ingestion/sums.ts';
import { toHtml, toJson } from '../../operator/page/render.ts';
import { MAX_STATUS_BYTES, project } from '../../operator/status/project.ts';
import { createRegistry, podOf } from '../../operator/templates/registry.fixture.ts';
import { Violation } from './violation.ts';

/** `pod`: which of the pods that may be anybody's tells it; `pause`: how long after the one before, in milliseconds. */
export type OperatorInput = { to: 'reports' | 'exchange' | 'copy'; pod: number; pause: number; body: string };

export type OperatorTarget = { run(input: OperatorInput): void };

const KEY = 'flows/edge';
/** Looking at all that is kept takes longer than everything else. */
const LOOK_EVERY = 32;
/** ConfigMaps hold 1 MiB, in base64. */
const MAX_COPY_BYTES = 700 * 2 ** 10;
/** Templates that the collectors keep, so that they are full soon. */
const MAX_TEMPLATES = 512;
/** How often devices repeat their templates, in milliseconds. */
const REPEAT_MS = 1_800_000;

/** Source and destination address. */
const RECORD = '0100 0002 0008 0004 000c 0004';
const DATA = ipfix('0100 000c 0a000001 0a000002');
const GOOD: AnnouncedTemplate = {
  ...{ listener: 'netflow', address: SOURCE.address, port: 0, version: 10, domain: 0, options: false, exportTime: 1 },
  ...{ receivedAt: 1, record: hex(RECORD).toString('base64') },
};

/** An operator, and two collectors: one hears a good device, the other has adopted what that one told of it. */
export function createOperatorTarget(): OperatorTarget {
  const { registry, clock } = createRegistry();
  const sums = new Sums();
  const reports = createReports({
    clock,
    templatesOf: (key) => registry.stateOf(key),
    sums: { ...NO_SUMS, take: (_key, uid, told) => sums.take(uid, told) },
  });
  const collectors = ['hears', 'adopted'].map(() => ({
    known: new KnownTemplates(MAX_TEMPLATES),
    cursor: 0,
    ...createHarness({ limits: { exporters: 64, templates: MAX_TEMPLATES } }),
  }));
  collectors[0].receive(ipfix(`0002 0010 ${RECORD}`));
  collectors[0].known.add(GOOD);
  collectors[1].known.adopt(GOOD);
  collectors[1].pipeline.learn(fromJson({ ...GOOD, adopted: true }));
  let executions = 0;
  let repeatedAt = 0;
  repeat();

  /** What a reply tells. */
  function checkReply(value: unknown): Announced[] {
    const text = JSON.stringify(value);
    if (Buffer.byteLength(text) > MAX_EXCHANGE_BYTES)
      throw new Violation('limit', `a reply of ${text.length} characters`);
    const { templates, facts } = templateReply.parse(JSON.parse(text));
    if (facts.length !== (value as { facts: unknown[] }).facts.length)
      throw new Violation('reply', 'a fact that is none');
    const told: Announced[] = [...templates, ...facts];
    for (const { receivedAt } of told) {
      if (receivedAt > clock.wallTime()) throw new Violation('reply', `received at ${receivedAt}, which is to come`);
    }
    return told;
  }

  function adopt(told: readonly Announced[]): void {
    for (const { known, pipeline } of collectors) {
      for (const one of told) {
        const announced = known.adopt(one);
        if (announced) pipeline.learn(fromJson(announced));
      }
      if (known.list().filter((one) => !('fact' in one)).length > MAX_TEMPLATES)
        throw new Violation('limit', 'templates of a collector');
    }
  }

  /** As the good device does, and so the collector that hears it. */
  function repeat(): void {
    registry.exchange(KEY, podOf('good'), { cursor: 0, templates: [{ ...GOOD, receivedAt: clock.wallTime() }] });
    repeatedAt = clock.now();
  }

  function look(): void {
    const { summary, window } = reports.healthOf(KEY, []);
    const shown = { ...project(summary, window, sums.totals(), clock.wallTime()), conditions: [] };
    if (Buffer.byteLength(JSON.stringify(shown)) > MAX_STATUS_BYTES) throw new Violation('limit', 'of the status');
    status.partial().parse(shown);
    new Sums().load(sums.encode());
    const views = [
      { namespace: 'flows', name: 'edge', conditions: [], collectors: () => reports.collectorsOf(KEY, []) },
    ];
    JSON.parse([...toJson(views)].join(''));
    if (/<(script|img)/.test([...toHtml(views)].join(''))) throw new Violation('page', 'markup of a collector');
    if (registry.copy(KEY).length > MAX_COPY_BYTES) throw new Violation('limit', 'of the copy');
    for (const { receive, flows, pipeline } of collectors) {
      receive(DATA);
      const source = flows().at(-1)?.attributes['source.address'];
      if (source !== '10.0.0.1') throw new Violation('decoding', `the good device's flow is from ${source}`);
      if (pipeline.exporters.size > 64) throw new Violation('limit', `${pipeline.exporters.size} exporters`);
    }
  }

  return {
    run({ to, pod, pause, body }) {
      clock.freeze(pause);
      if (clock.now() - repeatedAt > REPEAT_MS) repeat();
      const value = parse(body);
      if (to === 'copy') {
        const next = createRegistry().registry;
        if (isRead(() => next.load(KEY, gzipSync(body))))
          checkReply(next.exchange(KEY, podOf('new'), { cursor: 0, templates: [] }));
      } else if (to === 'reports') {
        const { data } = report.safeParse(value);
        if (data) {
          const identity = { collector: KEY, pod: { ...podOf(`${pod}`), node: `node-${pod}` } };
          const answer = reports.take(identity, data);
          if (answer.status === 200) reply.parse(answer.body);
        }
      } else {
        const { data } = templateRequest.safeParse(value);
        if (data) adopt(checkReply(registry.exchange(KEY, podOf(`${pod}`), data)));
      }
      if (++executions % LOOK_EVERY === 0) look();
    },
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A copy that is none is refused by an exception. */
function isRead(read: () => void): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
