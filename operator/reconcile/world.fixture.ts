/** An operator at work on an API server in memory, with what kubelets and Kubernetes' controllers would do. */

import { seeded } from '../../test/random.ts';
import {
  COLLECTORS,
  CONFIG_MAPS,
  DAEMON_SETS,
  type DaemonSet,
  type DaemonSetStatus,
  FIELD_MANAGER,
  type RawCollector,
  SECRETS,
} from '../cluster/kinds.ts';
import { PODS, type Pod } from '../cluster/pods.ts';
import type { Sight } from '../cluster/scopes.ts';
import { operate } from '../operator.ts';
import { createCollectorsPage } from '../page/page.ts';
import { ApiServer, failure, json } from '../runtime/api-server.fixture.ts';
import { createClient } from '../runtime/client.ts';
import { createRecorder, EVENTS, type KubeEvent } from '../runtime/events.ts';
import { inMemory, withFaults } from '../runtime/fault-server.fixture.ts';
import { keptLog, METRICS } from '../runtime/harness.fixture.ts';
import type { Key } from '../runtime/resource.ts';
import type { TransportRequest } from '../runtime/transport.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';

export const NAMESPACE = 'flows';
export const KEY = `${NAMESPACE}/edge`;
export const DAEMON_SET = `${KEY}-collector`;
export const IMAGE = 'registry.example/collector:1';

export function collector(spec: object = {}): RawCollector {
  const { apiVersion, kind } = COLLECTORS;
  const otlp = { endpoint: 'http://tempo.tracing:4317' };
  return { apiVersion, kind, metadata: { name: 'edge', namespace: NAMESPACE }, spec: { otlp, ...spec } };
}

/** Its token is in the Secret `backend`. */
export const withToken = collector({
  otlp: {
    endpoint: 'http://tempo.tracing:4317',
    bearerToken: { secretKeyRef: { name: 'backend', key: 'token' } },
  },
});

export class OperatorWorld {
  readonly clock = new VirtualClock();
  readonly server = new ApiServer(this.clock);
  /** Writes by the operator since the last `takeWrites`: method and path. */
  #writes: string[] = [];
  /** The cluster has the CustomResourceDefinition of PodMonitor. */
  podMonitors = false;
  /** What the DaemonSet's controller says of pods it can't make. */
  failedCreate: string | undefined;
  /** Paths whose writes RBAC or an admission policy refuses. */
  forbidden: RegExp | undefined;
  /** What the operator is to look at. */
  sight: Sight = { namespaces: [], collectors: [] };
  /** Paths with queries that RBAC does not let it read. */
  unreadable: RegExp | undefined;
  /** Chance of each request, and event of a watch, to go wrong. */
  faultRate = 0;
  readonly #random: () => number;
  #stop = new AbortController();
  #running: Promise<void> | undefined;

  /** `seed` decides which faults there are. */
  constructor(seed = 0) {
    this.#random = seeded(seed);
  }

  /** Starts an operator, or another one after the first has ended. */
  async start(image = IMAGE): Promise<void> {
    await this.end();
    const { clock } = this;
    const random = this.#random;
    const { log } = keptLog();
    this.#stop = new AbortController();
    const client = createClient({
      transport: inMemory(withFaults(this.#handle, { clock, random, rate: () => this.faultRate, slow: 5_000 })),
      fieldManager: FIELD_MANAGER,
      metrics: METRICS,
      clock,
    });
    const recorder = createRecorder({ client, controller: 'netflow2traces.io/operator', instance: 'test', log, clock });
    const page = createCollectorsPage({ names: [], tokenFile: undefined });
    const { sight } = this;
    const defaults = { image, pullSecrets: [], podMonitor: { labels: {} } };
    const options = { client, recorder, sight, defaults, metrics: METRICS, page, log, clock };
    this.#running = operate(options, this.#stop.signal).then(() => recorder.close());
    await clock.advance(1_000);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    // The last Events have a moment to be written.
    await this.clock.advance(3_000);
    await this.#running;
  }

  takeWrites(): string[] {
    return this.#writes.splice(0);
  }

  /** `Ready=True AllAvailable` and so on. */
  conditions(key = KEY): string[] {
    return (this.#resource(key)?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
  }

  message(type: string, key = KEY): string {
    return this.#resource(key)?.conditions?.find((condition) => condition.type === type)?.message ?? '';
  }

  /** What the column Status shows. */
  reason(): string | undefined {
    return this.#resource(KEY)?.reason;
  }

  nodes(): unknown {
    return this.#resource(KEY)?.nodes;
  }

  events(): string[] {
    return (this.server.objects(EVENTS) as KubeEvent[]).map(({ type, reason }) => `${type} ${reason}`);
  }

  /** What Kubernetes counts, of what was applied last. */
  schedule(status: DaemonSetStatus): void {
    const daemonSet = this.server.get(DAEMON_SETS, DAEMON_SET) as DaemonSet;
    const { generation } = daemonSet.metadata;
    const next: DaemonSet = { ...daemonSet, status: { observedGeneration: generation, ...status } };
    this.server.edit(DAEMON_SETS, next);
  }

  secret(token: string): void {
    const data = { token: Buffer.from(token).toString('base64') };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'backend', namespace: NAMESPACE }, data };
    this.server.edit(SECRETS, secret);
  }

  configMap(name: string, data: Record<string, string>): void {
    const metadata = { name, namespace: NAMESPACE };
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    this.server.edit(CONFIG_MAPS, configMap);
  }

  pod(node: string, status: Pod['status'], annotations?: Record<string, string>, memory?: string): void {
    const labels = {
      'app.kubernetes.io/name': 'netflow2traces',
      'app.kubernetes.io/instance': 'edge',
      'app.kubernetes.io/component': 'collector',
    };
    const metadata = { name: `edge-${node}`, namespace: NAMESPACE, labels, annotations };
    const spec = { nodeName: node, containers: [{ resources: { limits: { memory } } }] };
    this.server.edit(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec, status } as Pod);
  }

  #resource(key: Key) {
    return (this.server.get(COLLECTORS, key) as RawCollector | undefined)?.status;
  }

  #handle = async (request: TransportRequest) => {
    const { method } = request;
    const { pathname } = new URL(request.path, 'http://localhost');
    const monitoring = pathname.startsWith('/apis/monitoring.coreos.com/');
    if (monitoring && !this.podMonitors) return failure(404, 'NotFound', 'no such kind');
    if (pathname === '/apis/monitoring.coreos.com/v1') return json(200, { resources: [{ name: 'podmonitors' }] });
    if (method === 'GET' && pathname.endsWith('/events')) {
      const items = this.failedCreate ? [{ metadata: { name: 'e' }, message: this.failedCreate }] : [];
      return json(200, { metadata: { resourceVersion: '1' }, items });
    }
    if (method === 'GET' && this.unreadable?.test(decodeURIComponent(request.path))) {
      return failure(403, 'Forbidden', `no right to read ${request.path}`);
    }
    if (method !== 'GET') {
      if (this.forbidden?.test(pathname)) return failure(403, 'Forbidden', 'the quota is used up');
      if (!pathname.includes('/events')) this.#writes.push(`${method} ${pathname.replace(/.*\/flows\//, '')}`);
    }
    return this.server.handle(request);
  };
}
