import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** When the exporters were started, and each flow a second later: Unix milliseconds, and nanoseconds. */
const STARTED = Math.floor(Date.now() / 1_000 - 3_600) * 1_000;
export const FLOW_START = BigInt(STARTED + 1_000) * 1_000_000n;

/** Starts `steady-traffic.ts`; `rate` is in flows a second, a route is `SOURCE=DESTINATION`. */
export function startTraffic(rate: number, routes: readonly string[]): { stop(): Promise<number> } {
  const script = join(import.meta.dirname, 'steady-traffic.ts');
  const child = spawn(process.execPath, [script, String(rate), '2055', String(STARTED), ...routes], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const closed = once(child, 'close');
  return {
    /** Resolves with the number of flows sent. */
    async stop() {
      child.kill('SIGTERM');
      await closed;
      return Number(output);
    },
  };
}
