/** The main thread: starts the workers, shows what they count, and ends them in order. */
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { formatHostPort } from '../crds/common/host-port.ts';
import { createLog, type Log } from '../crds/common/log.ts';
import { formatFor } from '../crds/common/log-text.ts';
import type { Announced } from '../crds/template.ts';
import { Books } from './books/books.ts';
import { VERSION } from './common/version.ts';
import { flowsNotSent, type RunnableConfig } from './config/config.ts';
import type { Errand } from './demo/errand.ts';
import { openRunFolder } from './files/run-folder.ts';
import { FLOW_DROPS } from './ledger/ledger.ts';
import { createLiveConfig } from './live/live-config.ts';
import { createOperatorClient } from './report/client.ts';
import { startReporting } from './report/reporter.ts';
import { shareTemplates } from './report/templates.ts';
import { createMetricSender } from './send/metric-sender.ts';
import { listenToSignals } from './signals.ts';
import { collectorState } from './state.ts';
import { CounterSums } from './telemetry/counter-sums.ts';
import { FlowSums } from './telemetry/flow-sums.ts';
import { keepHealthFiles } from './telemetry/health-files.ts';
import { serveHttp } from './telemetry/http-server.ts';
import { createMetricProducer, pushMetrics } from './telemetry/metrics.ts';
import { announceOutageHeld } from './telemetry/outage.ts';
import { detectAttributes } from './telemetry/resource.ts';
import type { CollectorState } from './telemetry/state.ts';
import { TalkerRates } from './telemetry/talker-rates.ts';
import { banner, logTraffic } from './telemetry/terminal.ts';
import { fromJson, toJson } from './templates/announcement.ts';
import { KnownTemplates } from './templates/known.ts';
import { openStateFile } from './templates/state-file.ts';
import { WorkerPool } from './workers/pool.ts';

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;

/**
 * Runs the collector until a signal tells it to stop, or until a worker crashes; then the others are stopped as by a
 * signal. A second signal ends the process at once. Resolves with the exit code: 0, or 1 when a worker crashed or flows
 * were lost at the end. Rejects with a CollectorError when it can't start. `feed` sends it packets while it runs.
 */
export async function runCollector(loaded: RunnableConfig, program: URL, feed?: Errand['feed']): Promise<number> {
  const { config, tracesOff } = loaded;
  const startTime = Date.now();
  const started = performance.now();
  const log = createLog(config.logLevel, undefined, { format: formatFor(config.logFormat) });
  if (tracesOff !== undefined) log.warn(flowsNotSent(tracesOff));
  for (const what of loaded.variablesWithoutEffect) log.warn(what);
  const live = createLiveConfig({
    loaded,
    detected: await detectAttributes(VERSION),
    ready: () => pool.ready,
    configure: (settings) => pool.configure(settings),
    log,
  });
  const { stateDir } = config.templates;
  const templates = new KnownTemplates(config.limits.templates);
  const stateFile = stateDir ? openStateFile(stateDir, templates, log) : undefined;
  const ended = Promise.withResolvers<{ signal?: NodeJS.Signals }>();
  listenToSignals({
    reload: live.reload,
    stop: (signal) => ended.resolve({ signal }),
    end: () => {
      logBalance(pool, log);
      process.exit(1);
    },
  });
  let exitCode = 0;
  const { directory } = config.otlp.queue;
  const spools = config.otlp.endpoint !== undefined && config.otlp.queue.disk > 0;
  const spool = spools
    ? await openRunFolder({ directory: directory!, extension: '.spool', code: 'E_SPOOL_DIRECTORY', log })
    : undefined;
  const books = stateDir ? await Books.open({ stateDir, spool, log }) : undefined;
  const workers = config.workers === 'auto' ? Math.max(1, availableParallelism() - 1) : config.workers;
  const traceListeners: ((spans: Uint8Array) => void)[] = [];

  const talkerRates = new TalkerRates();
  const flowSums = new FlowSums(() => live.settings.config.flowMetrics.sets);
  const counterSums = new CounterSums(() => live.settings.config.sflow.counters);

  const pool = new WorkerPool({
    program,
    settings: live.settings,
    spoolFolder: spool?.path,
    kept: books?.kept,
    inherited: books?.counters,
    log,
    onTalkers: (worker, told) => talkerRates.take(worker, told),
    onCounterSamples: (told) => counterSums.take(told),
    onCounts: (counts) => flowSums.take(counts),
    onBooks: (worker, snapshot) => books?.take(worker, workers, snapshot),
    onNews: (announcement) => {
      const port = config.templates.keyBySourcePort ? announcement.port : 0;
      for (const announced of toJson({ ...announcement, port })) templates.add(announced);
    },
    onTrace: (spans) => {
      for (const listener of traceListeners) listener(spans);
    },
    onCrash: (error, worker) => {
      books?.writeOff(worker);
      log.error(error.message, { code: error.code });
      exitCode = 1;
      ended.resolve({});
    },
  });
  const state = collectorState({
    ...{ live, pool, templates, books, stateFile, flowSums, counterSums, talkerRates },
    tracesOff,
    startTime,
    uptime: () => (performance.now() - started) / 1_000,
    onTrace: (listener) => traceListeners.push(listener),
  });
  const http = config.http.enabled ? await serveHttp(state, log) : undefined;
  const removeHealthFiles = keepHealthFiles(config.health, state, log);
  if (http) log.info('serving', { url: urlOf(http) });
  const { dir } = config.reports;
  const operator = dir === undefined ? undefined : createOperatorClient(dir, log);
  const onLearned = (announced: Announced) => pool.learn(fromJson(announced));
  const sharing = operator && (await shareTemplates({ dir: dir!, client: operator, known: templates, onLearned, log }));
  await pool.start(workers, () => templates.list().map(fromJson));
  const stopTakingOver = spool?.keepTakingOver((paths) => pool.adopt(paths));
  if (config.otlp.tls.insecureSkipVerify) {
    log.warn('the backend’s certificate is not verified: anybody on the way can read flows and credentials', {
      field: 'otlp.tls.insecureSkipVerify',
    });
  }
  const metrics = startMetricsPush(state, log);
  const stopReporting = operator && startReporting(operator, state, log, { afterReport: sharing?.afterReport });
  if (feed || !config.otlp.endpoint || isatty(STANDARD_OUTPUT)) {
    const about = { tracesOff, isDemo: feed !== undefined };
    process.stdout.write(banner(pool.sockets(), http && urlOf(http), config.otlp, about));
  }
  log.info('ready', { version: VERSION, endpoint: config.otlp.endpoint, startMs: Math.round(performance.now()) });
  const stopAnnouncing = announceOutageHeld(state, workers, log);
  const stopTraffic = isatty(STANDARD_ERROR) ? logTraffic(state, log) : undefined;
  const feeding = new AbortController();
  feed?.(pool.sockets()[0], feeding.signal).catch(({ message }: Error) =>
    log.error('the packets of the demo cannot be sent', { error: message }),
  );

  const { signal } = await ended.promise;
  const remedy = signal === 'SIGINT' ? 'Ctrl-C again ends it at once, and flows that wait are lost' : undefined;
  log.info('stopping', { signal, atMostSeconds: config.shutdownGrace / 1_000, remedy });
  const graceEnd = performance.now() + config.shutdownGrace;
  feeding.abort();
  stopAnnouncing();
  stopTraffic?.();
  await stopTakingOver?.();
  await pool.stop(config.shutdownGrace);
  await spool?.close();
  await books?.close();
  stateFile?.flush();
  await Promise.race([
    metrics?.stop(),
    setTimeout(Math.max(0, graceEnd - performance.now()), undefined, { ref: false }),
  ]);
  await stopReporting?.();
  operator?.close();
  await http?.close();
  removeHealthFiles();
  live.stop();
  const lost = logBalance(pool, log);
  return lost > 0 ? 1 : exitCode;
}

function startMetricsPush(state: CollectorState, log: Log) {
  const { otlp, metrics } = state.config;
  const { endpoint, interval } = metrics.otlp;
  if (!endpoint) return undefined;
  const sender = createMetricSender({ otlp, metrics: { otlp: { ...metrics.otlp, endpoint } } }, log);
  return pushMetrics(createMetricProducer(state), sender, interval);
}

/** Logs what became of the flows. Returns how many were lost because the collector ended. */
function logBalance(pool: WorkerPool, log: Log): number {
  const ledger = pool.ledger();
  const { packets, flows, flowsAdopted, flowsExported, flowsFiltered, flowsSampledOut, flowsSpooled } = ledger;
  const flowsDropped = FLOW_DROPS.reduce((total, reason) => total + ledger[`flowsDropped.${reason}`], 0);
  const counts = { packets, flows, flowsAdopted, flowsExported, flowsFiltered, flowsSampledOut, flowsSpooled };
  log.info('stopped', { ...counts, flowsDropped });
  const lost = ledger['flowsDropped.shutdown'] + ledger.flowsInFlight;
  if (lost > 0) log.error('flows were lost: the backend had not taken them when the collector ended', { flows: lost });
  return lost;
}

function urlOf({ address, port }: { address: string; port: number }): string {
  const host = address === '::' || address === '0.0.0.0' ? 'localhost' : address;
  return `http://${formatHostPort(host, port)}/`;
}
