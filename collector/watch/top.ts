/** `netflow2traces top`: what a running collector has to do, again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../telemetry/status.ts';
import { ask, WatchError } from './client.ts';
import type { TopOptions } from './options.ts';
import { type Size, topText } from './top-text.ts';

const INTERVAL_MS = 2_000;
/**
 * Of ECMA-48: to the other screen and back, to its beginning, to the end of a line and of the screen without the rest.
 */
const [OTHER_SCREEN, BACK, HOME, CLEAR_LINE, CLEAR_BELOW] = [
  '\x1b[?1049h',
  '\x1b[?1049l',
  '\x1b[H',
  '\x1b[K',
  '\x1b[J',
];

/** A terminal; `size` undefined stands for anything else, to which all is written once. */
export type Screen = { write(text: string): void; size(): Size | undefined };

/** Shows it until `signal` aborts. Rejects with a WatchError when the first question is not answered, or is wrong. */
export async function top(options: TopOptions, { write, size }: Screen, signal: AbortSignal): Promise<void> {
  let before = await ask<Status>(options, 'status');
  if (options.once || !size()) {
    await sleep(INTERVAL_MS / 2, undefined, { signal }).catch(() => {});
    write(topText(await ask<Status>(options, 'status'), before, options.url));
    return;
  }
  write(OTHER_SCREEN);
  try {
    for (let status = before; !signal.aborted; ) {
      const lines = topText(status, before, options.url, size()).trimEnd().split('\n');
      write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
      before = status;
      status = await ask<Status>(options, 'status').catch((error: unknown) => {
        if (error instanceof WatchError && !error.isRefused) return silent(before, error);
        throw error;
      });
    }
  } finally {
    write(BACK);
  }
}

/** What was known last of a collector that does not answer. */
function silent(status: Status, { message }: WatchError): Status {
  return { ...status, advice: [{ severity: 'error', what: message, do: 'It is asked again.' }] };
}
