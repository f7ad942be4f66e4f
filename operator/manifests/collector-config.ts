import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import * as z from 'zod';
import { type CollectorConfig, collectorConfig } from '../../crds/collector-config.ts';
import { isLive } from '../../crds/live.ts';
import type { NetflowCollector } from '../../crds/netflowcollector.ts';
import {
  CREDENTIALS,
  CREDENTIALS_DIR,
  ELEMENTS_DIR,
  ELEMENTS_FILE,
  LIVE_FILE,
  NETWORKS_DIR,
  NETWORKS_FILE,
  READY_FILE,
  REPORTS_DIR,
  SPOOL_DIR,
  STATE_DIR,
} from './files.ts';
import { hash } from './hash.ts';

const credential = (name: keyof typeof CREDENTIALS) => `${CREDENTIALS_DIR}/${CREDENTIALS[name]}`;

/** What the collectors of a resource run with. Secrets are not in it: it names the files that hold them. */
export function collectorConfigOf(resource: NetflowCollector): CollectorConfig {
  const { spec } = resource;
  const defaults = collectorConfig.parse({});
  const { endpoint, appendPath, protocol, compression, timeout, tls, retry, batch, concurrency } = spec.otlp;
  return {
    ...defaults,
    listeners: spec.listeners,
    allowedSources: spec.allowedSources,
    workers: spec.workers,
    receiveBuffer: spec.receiveBuffer,
    otlp: {
      ...defaults.otlp,
      ...{ endpoint, appendPath, protocol, compression, timeout, retry, batch, concurrency },
      queue: queueOf(resource),
      // Always, so that the first header does not replace the pods.
      headersFile: credential('headers'),
      tls: {
        caFile: tls.ca && credential('ca'),
        certFile: tls.clientCertificate && credential('cert'),
        keyFile: tls.clientCertificate && credential('key'),
        serverName: tls.serverName,
        insecureSkipVerify: tls.insecureSkipVerify,
      },
    },
    exporters: spec.exporters,
    spans: spansOf(spec.spans),
    elements: { file: spec.elements && `${ELEMENTS_DIR}/${ELEMENTS_FILE}` },
    selection: spec.selection,
    flowMetrics: spec.flowMetrics,
    sflow: spec.sflow,
    templates: { ...spec.templates, stateDir: STATE_DIR },
    limits: spec.limits,
    logLevel: spec.logLevel,
    shutdownGrace: spec.shutdownGrace,
    http: {
      enabled: spec.http.enabled,
      host: spec.http.host,
      port: spec.metrics.port,
      names: spec.http.names,
      traceUrl: spec.http.traceUrl,
      tokenFile: spec.http.token && credential('httpToken'),
    },
    metrics: { otlp: { ...defaults.metrics.otlp, ...metricsOtlpOf(spec.metrics.otlp) } },
    reports: { dir: REPORTS_DIR },
    health: { liveFile: LIVE_FILE, readyFile: READY_FILE },
  };
}

/**
 * On a node, resources may share a folder: each has one of its own in it, since what is left there is for its backend.
 */
function queueOf({ metadata, spec }: NetflowCollector): CollectorConfig['otlp']['queue'] {
  const { memory, disk, durable } = spec.otlp.queue;
  const own = hash(`${metadata.namespace}/${metadata.name}`);
  return { memory, disk, durable, ...(disk > 0 && { directory: `${SPOOL_DIR}/${own}` }) };
}

function spansOf({ attributes: { networks, ...attributes }, ...spans }: NetflowCollector['spec']['spans']) {
  const networksFile = networks && `${NETWORKS_DIR}/${NETWORKS_FILE}`;
  return { ...spans, attributes: { ...attributes, networksFile } };
}

function metricsOtlpOf(otlp: NetflowCollector['spec']['metrics']['otlp']): Partial<CollectorConfig['metrics']['otlp']> {
  if (!otlp) return {};
  const { endpoint, appendPath, protocol, interval, temporality } = otlp;
  return { endpoint, appendPath, protocol, interval, temporality, headersFile: credential('metricsHeaders') };
}

/**
 * The configuration file. Values that equal the collector's own defaults are left out, so that a new field in the
 * operator changes nothing for resources that don't use it.
 */
export function configFileOf(resource: NetflowCollector): string {
  return stringify(configOf(resource));
}

/** The part of the configuration file that needs a restart: running collectors pick up the rest. */
export function restartPartsOf(resource: NetflowCollector): string {
  return stringify(Object.fromEntries(Object.entries(configOf(resource)).filter(([part]) => !isLive(part))));
}

type Mapping = { [key: string]: unknown };

function configOf(resource: NetflowCollector): Mapping {
  return difference(written(collectorConfigOf(resource)), written(collectorConfig.parse({})));
}

function written(config: CollectorConfig): Mapping {
  const all = z.encode(collectorConfig, config);
  // A collector of before there was sFlow does not know the field.
  const listeners = all.listeners?.map(({ protocol, ...rest }) =>
    protocol === 'sflow' ? { protocol, ...rest } : rest,
  );
  return { ...all, listeners };
}

function difference(value: Mapping, from: Mapping): Mapping {
  const entries = Object.entries(value).flatMap(([key, content]) => {
    if (content === undefined || isDeepStrictEqual(content, from[key])) return [];
    if (!isMapping(content) || !isMapping(from[key])) return [[key, content] as const];
    const inner = difference(content, from[key]);
    return Object.keys(inner).length > 0 ? [[key, inner] as const] : [];
  });
  return Object.fromEntries(entries);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
