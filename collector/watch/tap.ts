/** `netflow2traces tap`: flows of a running collector, as they come. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatHostPort } from '../../crds/common/host-port.ts';
import { printable } from '../../crds/common/text.ts';
import type { FoundFlows } from '../telemetry/flow-search.ts';
import { ask, WatchError } from './client.ts';
import type { TapOptions } from './options.ts';

const INTERVAL_MS = 1_000;

type Flow = FoundFlows['flows'][number];

/** Where a text goes, and where what must not be mixed with it. */
export type Output = { write(text: string): void; note(text: string): void };

/**
 * Shows each flow once, until there were enough or `signal` aborts. Rejects with a WatchError when the first question
 * is not answered, or is wrong; a collector that does not answer later is asked again.
 */
export async function tap(options: TapOptions, { write, note }: Output, signal: AbortSignal): Promise<void> {
  let shown = new Set<string>();
  let left = options.count;
  let noted = '';
  const noteOnce = (text: string): void => {
    if (text !== noted && text !== '') note(text);
    noted = text;
  };
  for (let asked = false; left > 0 && !signal.aborted; asked = true) {
    try {
      const found = await ask<FoundFlows>(options, `api/flows?filter=${encodeURIComponent(options.filter)}`);
      const ids = found.flows.map(idOf);
      const news = found.flows.filter((_, index) => !shown.has(ids[index])).reverse();
      for (const flow of news.slice(0, left)) write(`${options.json ? JSON.stringify(flow) : flowLine(flow)}\n`);
      left -= news.length;
      // What was shown and is not among them has gone from the collector, unless there are too many to tell.
      shown = new Set(found.more ? [...[...shown].slice(-MAX_SHOWN), ...ids] : ids);
      noteOnce(remark(found, left > 0) || (asked || news.length > 0 ? '' : NONE_YET));
    } catch (error) {
      if (!asked || !(error instanceof WatchError) || error.isRefused) throw error;
      noteOnce(error.message);
    }
    if (left > 0) await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

const NONE_YET = 'no flow that fits has come lately; those that come are shown';

/** Flows that are remembered to have been shown. */
const MAX_SHOWN = 10_000;

function idOf({ traceId, span }: Flow): string {
  return `${traceId} ${span.spanId}`;
}

/** What to know of flows that are not there; those beyond the ones that were asked for are not missed. */
function remark({ notSent, failed, more }: FoundFlows, goesOn: boolean): string {
  return [
    ...(notSent.length > 0 ? [`spans are sent without ${notSent.join(', ')}, by the configuration`] : []),
    ...(failed ? [`the expression fails on some flows: ${failed.error}`] : []),
    ...(more && goesOn ? ['more flows fit than are shown; a narrower --filter shows all of its own'] : []),
  ].join('; ');
}

const ENDS = ['source', 'destination'] as const;

/** The time of day here, exporter, name, ends and counters, then all that it says besides. */
export function flowLine({ time, exporter, span }: Flow): string {
  const { attributes, name } = span;
  const ends = ENDS.map((end) => {
    const [address, port] = [attributes[`${end}.address`], attributes[`${end}.port`]];
    return address === undefined
      ? '?'
      : port === undefined
        ? String(address)
        : formatHostPort(String(address), Number(port));
  });
  const others = Object.entries(attributes).filter(([name]) => !SAID.has(name));
  const isCounter = ([name]: [string, unknown]): boolean => COUNTER.test(name);
  const ordered = [...others.filter(isCounter), ...others.filter((attribute) => !isCounter(attribute))];
  const texts = ordered.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const clock = new Date(time).toTimeString().slice(0, 8);
  return printable([clock, exporter ?? '?', name, ends.join(' → '), ...texts].join('  '));
}

const COUNTER = /^flow\.(bytes|packets)\./;

/** What the beginning of the line says. */
const SAID = new Set([
  ...ENDS.flatMap((end) => [`${end}.address`, `${end}.port`]),
  ...[
    'netflow.exporter.address',
    'network.type',
    'network.transport',
    'client.address',
    'server.address',
    'server.port',
  ],
]);
