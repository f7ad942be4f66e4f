/**
 * A worker thread: its own sockets, pipeline and sender, so that nothing is shared while packets flow. Counters go
 * through shared memory, the rest through messages.
 */
import type { MessagePort } from 'node:worker_threads';
import { createLog } from '../../crds/common/log.ts';
import { formatFor } from '../../crds/common/log-text.ts';
import { CollectorError } from '../common/errors.ts';
import { copyOf } from '../ledger/ledger.ts';
import { openSockets } from '../listen/sockets.ts';
import { createSystemClock, FOLLOW_INTERVAL_MS } from '../pipeline/clock.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { createDiscard } from '../send/discard.ts';
import { createSender } from '../send/sender.ts';
import { createTransport } from '../send/transport.ts';
import { CounterSamples } from '../sflow/counter-samples.ts';
import { Spool } from '../spool/spool.ts';
import type { ExportError } from '../telemetry/state.ts';
import { KeptSequences } from '../templates/kept-sequences.ts';
import { exporterStates } from './exporter-states.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';
import { describeRates } from './sampling-state.ts';

const REPORT_INTERVAL_MS = 1_000;
const BOOKS_INTERVAL_MS = 1_000;
const COUNTS_INTERVAL_MS = 1_000;
/** Series that are handed over at once: what more has changed waits for the next time. They take some 10 ms. */
const MAX_COUNTS = 10_000;
const TALKERS_INTERVAL_MS = 5_000;
/** Who has most of the bytes is counted anew so often. */
const TALKERS_WINDOW_S = 60;
const EXPIRY_INTERVAL_MS = 10_000;
/** Time to read what is queued in the sockets, as a fraction of the whole grace period. */
const SOCKETS_SHARE = 1 / 3;

/** Runs until it is told to stop; then it reads its sockets empty and sends what is queued. */
export async function runWorker(start: WorkerStart, port: MessagePort): Promise<void> {
  const { config, counters, rates, worker, tracesWanted } = start;
  let ratesOf = describeRates(config.exporters.sampling);
  let counterKinds = config.sflow.counters.records;
  const counterSamples = new CounterSamples();
  const log = createLog(config.logLevel, undefined, { format: formatFor(config.logFormat) });
  const send = (message: FromWorker): void => port.postMessage(message);
  try {
    const { endpoint } = config.otlp;
    let exportError: ExportError | undefined;
    const { disk, durable } = config.otlp.queue;
    const spool =
      start.spoolFolder === undefined
        ? undefined
        : new Spool({
            ...{ folder: start.spoolFolder, worker, limit: disk / rates.length, sync: durable },
            ...{ counters, log },
          });
    const sender = endpoint
      ? createSender({
          transport: createTransport({ ...config.otlp, endpoint }, 'traces', 'otlp', log),
          config: config.otlp,
          counters,
          log,
          spool,
          onFailure: (error) => {
            exportError = { error, time: Date.now() };
          },
        })
      : createDiscard(counters);
    const kept = start.kept && new KeptSequences(start.kept.domains, start.kept.claims);
    const clock = createSystemClock();
    const monotonic = () => performance.now();
    const pipeline = new Pipeline({
      ...{ now: clock.now, monotonic },
      ...{ config, resource: start.resource, ruleSlots: start.ruleSlots },
      ...{ networks: start.networks, elements: start.elements },
      ...{ counters, rates, worker },
      sink: sender,
      log,
      kept,
      onNews: (announcement) => send({ kind: 'news', announcement }),
      onCounterSample(sample, { view, exporter, domain, header, receivedMs, monotonicMs }) {
        const agent = { exporter: exporter.address, agent: domain.agentBehind, subAgent: domain.id };
        const moment = { uptimeMs: header.sysUptime, receivedMs, monotonicMs };
        counterSamples.add(view, sample, { ...agent, ...moment }, counterKinds);
      },
      wantsTrace: () => tracesWanted[0] > 0 && Atomics.sub(tracesWanted, 0, 1) > 0,
      onTrace: (spans) => send({ kind: 'trace', spans }),
    });
    for (const announcement of start.known) pipeline.learn(announcement);

    const sockets = await openSockets({
      listeners: config.listeners,
      receiveBuffer: config.receiveBuffer,
      // The others share the ports of the first, and a pod of the operator's those of the pod that it replaces.
      exclusive: worker === 0 && config.reports.dir === undefined,
      onPacket(packet, listener, { address, port: sourcePort }) {
        const monotonicMs = monotonic();
        pipeline.receive(packet, { listener, address, port: sourcePort }, clock.at(monotonicMs), monotonicMs);
      },
      log,
    });
    const tellBooks = () => {
      if (kept === undefined) return;
      const sequences = JSON.stringify(pipeline.keepSequences()).slice(1, -1);
      send({ kind: 'books', counters: copyOf(counters), sequences, resumed: kept.takeResumed() });
    };
    const tellCounts = (max: number) => {
      const counts = pipeline.takeCounts(max);
      if (counts.length > 0) send({ kind: 'counts', counts });
    };
    const tellCounterSamples = () => {
      const taken = counterSamples.take();
      if (taken.samples.length > 0) send({ kind: 'counter samples', ...taken });
    };
    let talkersSince = monotonic();
    const tellTalkers = () => {
      const seconds = (monotonic() - talkersSince) / 1_000;
      const restart = seconds >= TALKERS_WINDOW_S;
      const counts = pipeline.takeTalkers(restart);
      if (counts) send({ kind: 'talkers', seconds, counts });
      if (restart || !counts) talkersSince = monotonic();
    };
    const timers = [
      setInterval(tellBooks, BOOKS_INTERVAL_MS),
      setInterval(tellTalkers, TALKERS_INTERVAL_MS),
      setInterval(() => tellCounts(MAX_COUNTS), COUNTS_INTERVAL_MS),
      setInterval(tellCounterSamples, COUNTS_INTERVAL_MS),
      setInterval(() => clock.follow(), FOLLOW_INTERVAL_MS),
      setInterval(() => pipeline.flush(), config.otlp.batch.maxAge),
      setInterval(() => pipeline.expire(), EXPIRY_INTERVAL_MS),
      setInterval(
        () =>
          send({
            kind: 'exporters',
            exporters: exporterStates({
              exporters: pipeline.exporters.values(),
              listeners: config.listeners,
              ratesOf,
              monotonicMs: monotonic(),
              timeOrigin: clock.now() - monotonic(),
            }),
            rejections: pipeline.rejections,
            exportError,
          }),
        REPORT_INTERVAL_MS,
      ),
    ];
    port.on('message', async (message: ToWorker) => {
      if (message.kind === 'learn') {
        pipeline.learn(message.announcement);
        return;
      }
      if (message.kind === 'configure') {
        log.setLevel(message.settings.config.logLevel);
        pipeline.reconfigure(message.settings);
        ratesOf = describeRates(message.settings.config.exporters.sampling);
        counterKinds = message.settings.config.sflow.counters.records;
        send({ kind: 'configured' });
        return;
      }
      if (message.kind === 'adopt') {
        sender.adopt(message.path);
        return;
      }
      const end = performance.now() + message.graceMs;
      await sockets.stop(message.graceMs * SOCKETS_SHARE);
      for (const timer of timers) clearInterval(timer);
      pipeline.flush();
      tellCounts(Number.POSITIVE_INFINITY);
      tellCounterSamples();
      await sender.drain(Math.max(0, end - performance.now()));
      tellBooks();
      send({ kind: 'stopped' });
      port.close();
    });
    send({ kind: 'listening', sockets: sockets.sockets });
  } catch (error) {
    const failure = error instanceof CollectorError ? error : new CollectorError('E_WORKER', String(error), error);
    send({ kind: 'failed', code: failure.code, detail: failure.detail });
    port.close();
  }
}
