/**
 * What is fuzzed: one pipeline for each profile, with a clock that only inputs move. In: inputs. Out: nothing, unless a
 * rule is broken; then what the pipeline threw, or a Violation.
 */
import { isDeepStrictEqual } from 'node:util';
import { factOf, type ToldFact } from '../../collector/devices/facts.ts';
import { COUNTER, type Counters, createCounters, FLOW_DROPS, PACKET_ERRORS } from '../../collector/ledger/ledger.ts';
import type { Batch } from '../../collector/otlp/batch.ts';
import { Pipeline } from '../../collector/pipeline/pipeline.ts';
import { createLog } from '../../crds/common/log.ts';
import { seeded } from '../random.ts';
import { START_MS } from './elements.ts';
import type { Input } from './input.ts';
import { PROFILES, type Profile } from './profiles.ts';
import { RequestChecker } from './request-checker.ts';
import { Violation } from './violation.ts';

/** Between two datagrams of one input that say no pause, in milliseconds. */
const SHORTEST_PAUSE = 0.25;
/** Doublings of 1 ms after which what is old is forgotten, as a worker does every ten seconds. */
const EXPIRY_PAUSE = 13;

/** Exporters that are looked at one by one; with more, that would take longer than everything else. */
const MAX_INSPECTED = 64;

/** Longest text of a fact that others take. */
const MAX_TEXT = 512;

export type Target = {
  /** Runs one execution and checks the rules. */
  run(input: Input): void;
  /** The ledger of each profile's pipeline. */
  ledgers: readonly Counters[];
};

type Subject = { profile: Profile; pipeline: Pipeline; counters: Counters; executions: number };

/** A target in which nothing has happened yet. */
export function createTarget(profiles: readonly Profile[] = PROFILES): Target {
  const checker = new RequestChecker();
  const randomWord = seeded(1);
  const clock = { now: START_MS };
  let subjects: Subject[] = [];
  subjects = profiles.map((profile, index) => createSubject(profile, index));

  function createSubject(profile: Profile, index: number): Subject {
    const counters = createCounters();
    const pipeline = new Pipeline({
      config: profile.config,
      networks: profile.networks,
      elements: profile.elements,
      counters,
      resource: { 'service.name': 'netflow2traces' },
      sink: { push: (batch) => take(batch, counters, profile) },
      log: createLog('error'),
      now: () => clock.now,
      random: (words) => {
        for (let word = 0; word < words.length; word++) words[word] = randomWord() * 2 ** 32;
      },
      // The second worker learns what the first does.
      onNews: (announcement) => {
        if ('facts' in announcement) checkFacts(announcement.facts);
        if (index === 0) subjects[1]?.pipeline.learn(announcement);
      },
      wantsTrace: () => index === 2,
      onTrace: (spans) => checker.checkSpans(spans),
    });
    return { profile, pipeline, counters, executions: 0 };
  }

  function take(batch: Batch, counters: Counters, { config }: Profile): void {
    const { spans, flows } = checker.check(batch.body, { services: config.spans.services !== undefined });
    if (spans !== batch.spans) throw new Violation('otlp', `a batch of ${spans} spans says ${batch.spans}`);
    if (flows !== batch.flows) throw new Violation('otlp', `a batch of ${flows} flows says ${batch.flows}`);
    counters[COUNTER.flowsExported] += flows;
    counters[COUNTER.flowsInFlight] -= flows;
    // Nothing may be read from a batch that was given back.
    const { body } = batch;
    batch.release();
    body.fill(0xff);
  }

  return {
    ledgers: subjects.map(({ counters }) => counters),
    run({ profile, datagrams }) {
      const subject = subjects[profile % subjects.length];
      const { pipeline, counters } = subject;
      const packets = counters[COUNTER.packets];
      for (const { source, pause, bytes } of datagrams) {
        clock.now += pause === 0 ? SHORTEST_PAUSE : 2 ** pause;
        if (pause >= EXPIRY_PAUSE) pipeline.expire();
        pipeline.receive(bytes, describeSource(source, subject.profile), clock.now);
      }
      if (counters[COUNTER.packets] !== packets + datagrams.length)
        throw new Violation('ledger', 'a packet not counted');
      subject.executions++;
      const isFlushed = subject.executions % subject.profile.flushEvery === 0;
      if (isFlushed) pipeline.flush();
      checkLedger(counters, isFlushed);
      checkLimits(subject);
    },
  };
}

/** What options data told is what others take, as it is, and is as long as they take it. */
function checkFacts(facts: readonly ToldFact[]): void {
  for (const fact of facts) {
    if (!isDeepStrictEqual(factOf(fact), fact)) throw new Violation('options', `${JSON.stringify(fact)} is no fact`);
    const texts = Object.values(fact).filter((value) => typeof value === 'string');
    if (texts.some((text) => text.length > MAX_TEXT))
      throw new Violation('options', `a text of a ${fact.kind} is too long`);
  }
}

/** Exporters of both families; from 48 on, of networks that one profile does not allow. */
function describeSource(source: number, { config }: Profile): { listener: number; address: string; port: number } {
  const listener = source % config.listeners.length;
  const port = 40_000 + (source % 3);
  if (source >= 48) return { listener, address: `10.${source >> 16}.${(source >> 8) & 255}.${source & 255}`, port };
  if (source % 4 === 3) return { listener, address: `2001:db8::${source.toString(16)}`, port };
  return { listener, address: `${source % 2 ? '::ffff:' : ''}192.0.2.${source}`, port };
}

const DROPS = FLOW_DROPS.map((reason) => COUNTER[`flowsDropped.${reason}`]);
const ERRORS = PACKET_ERRORS.map((reason) => COUNTER[`packetErrors.${reason}`]);

/** As `imbalance` of the ledger does, but without making objects. */
function checkLedger(counters: Counters, isFlushed: boolean): void {
  const inFlight = counters[COUNTER.flowsInFlight];
  const { flows, flowsExported, flowsFiltered, flowsSampledOut } = COUNTER;
  let rest = counters[flows] - counters[flowsExported] - counters[flowsFiltered] - counters[flowsSampledOut] - inFlight;
  for (const index of DROPS) {
    if (!(counters[index] >= 0)) throw new Violation('ledger', `flows dropped: ${counters[index]}`);
    rest -= counters[index];
  }
  for (const index of ERRORS) {
    if (!(counters[index] >= 0)) throw new Violation('ledger', `packet errors: ${counters[index]}`);
  }
  if (rest !== 0) throw new Violation('ledger', `out of balance by ${rest} flows`);
  if (inFlight < 0 || (isFlushed && inFlight !== 0)) throw new Violation('ledger', `${inFlight} flows in flight`);
}

function checkLimits({ profile: { config }, pipeline, counters }: Subject): void {
  const { limits } = config;
  const check = (what: string, value: number, limit: number): void => {
    if (!(value >= 0 && value <= limit)) throw new Violation('limit', `${value} ${what}, ${limit} allowed`);
  };
  check('exporters', pipeline.exporters.size, limits.exporters);
  check('templates', counters[COUNTER.templates], limits.templates);
  check('held bytes', counters[COUNTER.heldBytes], limits.heldBytes);
  if (pipeline.exporters.size > MAX_INSPECTED) return;
  let templates = 0;
  let held = 0;
  for (const exporter of pipeline.exporters.values()) {
    check('templates of an exporter', exporter.templates.size, limits.templatesPerExporter);
    check('held bytes of an exporter', exporter.heldBytes, limits.heldBytesPerExporter);
    templates += exporter.templates.size;
    held += exporter.heldBytes;
  }
  if (templates !== counters[COUNTER.templates])
    throw new Violation('limit', `${templates} templates, not all counted`);
  if (held !== counters[COUNTER.heldBytes]) throw new Violation('limit', `${held} bytes held, not all counted`);
}
