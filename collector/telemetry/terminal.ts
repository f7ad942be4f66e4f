/** What somebody at a terminal is told: how to begin, and again and again how it goes. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { formatHostPort } from '../../crds/common/host-port.ts';
import type { Log } from '../../crds/common/log.ts';
import { VERSION } from '../common/version.ts';
import { FLOW_DROPS } from '../ledger/ledger.ts';
import { demoCommand } from './advice/arrival.ts';
import type { CollectorState, SocketState } from './state.ts';

/**
 * `url` is that of the page; undefined when there is none. `tracesOff` is the variable by which no flows are sent;
 * `isDemo`: the collector has devices of its own.
 */
export function banner(
  sockets: readonly Pick<SocketState, 'worker' | 'address' | 'port'>[],
  url: string | undefined,
  { endpoint, protocol }: Pick<CollectorConfig['otlp'], 'endpoint' | 'protocol'>,
  { tracesOff, isDemo = false }: { tracesOff?: string; isDemo?: boolean } = {},
): string {
  const listening = sockets.filter(({ worker }) => worker === 0);
  const shown = url ? 'shown on that page and then ' : '';
  const discarded =
    tracesOff === undefined
      ? `nowhere: spans are ${shown}discarded;\n              --otlp-endpoint http://HOST:4317 sends them to a backend`
      : `off (by ${tracesOff}: spans are ${shown}discarded)`;
  return [
    '',
    `netflow2traces ${VERSION}: NetFlow, IPFIX and sFlow in, OpenTelemetry traces out.`,
    ...listening.map(({ address, port }) => `  listening   udp ${formatHostPort(address, port)}`),
    ...(url === undefined ? [] : [`  look at it  ${url}`]),
    isDemo
      ? '  demo        seven devices export to it again and again, until Ctrl-C;\n              some of them report flows late, and the page says so'
      : `  try it      ${demoCommand(listening[0])}`,
    `  export      ${endpoint === undefined ? discarded : `${endpoint} (${protocol})`}`,
    '',
    '',
  ].join('\n');
}

/**
 * Logs what came and went since the last line, every `intervalMs`. Lost is what never came, by sequence numbers and by
 * what the kernel dropped; dropped is told if there is any beside what no endpoint takes. Returns what stops it.
 */
export function logTraffic(
  state: Pick<CollectorState, 'ledger' | 'sockets'>,
  log: Log,
  intervalMs = 10_000,
): () => void {
  const totals = (): Record<string, number> => {
    const { packets, flows, flowsExported: exported, lostFlows, lostPackets, ...ledger } = state.ledger();
    const kernelDrops = state.sockets().reduce((total, { droppedPackets = 0 }) => total + droppedPackets, 0);
    const drops = FLOW_DROPS.filter((reason) => reason !== 'no_endpoint');
    const dropped = drops.reduce((total, reason) => total + ledger[`flowsDropped.${reason}`], 0);
    return { packets, flows, exported, lost: lostFlows + lostPackets + kernelDrops, dropped };
  };
  let before = totals();
  const timer = setInterval(() => {
    const now = totals();
    const counts = Object.fromEntries(Object.entries(now).map(([name, total]) => [name, total - before[name]]));
    const { dropped, ...rest } = counts;
    log.info(`in the last ${intervalMs / 1_000} s`, { ...rest, dropped: dropped || undefined });
    before = now;
  }, intervalMs).unref();
  return () => clearInterval(timer);
}
