/** softflowd, a flow exporter by other hands, on the server's end of the cable. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Network } from './network.ts';

export type Exporter = {
  /** Exports the flows seen so far. */
  flush(): void;
  stop(): Promise<void>;
};

/** Starts softflowd and waits until it listens. `options` are its own, such as `-v 9`. */
export async function startSoftflowd(network: Network, port: number, options: readonly string[]): Promise<Exporter> {
  const folder = mkdtempSync(join(tmpdir(), 'softflowd-'));
  const control = join(folder, 'control');
  const target = `${network.collectorAddress}:${port}`;
  const args = ['-d', '-i', network.interface, '-n', target, '-p', join(folder, 'pid'), '-c', control, ...options];
  const process = network.server.start(['ignore', 'ignore', 'pipe'], 'softflowd', ...args);
  const exited = once(process, 'exit');
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: process.stderr! }).on('line', (line) => {
      log.push(line);
      if (line.includes('starting data collection')) resolve();
    });
    process.once('exit', () => reject(new Error(`softflowd ended:\n${log.join('\n')}`)));
  });
  return {
    flush: () => void execFileSync('softflowctl', ['-c', control, 'expire-all'], { stdio: 'ignore' }),
    async stop() {
      process.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
