import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { tool } from './tools.ts';

/**
 * Runs `use` with a URL at which a port of a target, such as `pod/NAME`, can be asked, as `kubectl port-forward` makes
 * it. Rejects with what kubectl says when it can't, or with what `use` rejects with.
 */
export async function withForwardedPort<T>(
  kubeconfig: string,
  [namespace, target]: readonly [string, string],
  port: number,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const child = spawn(
    tool('kubectl'),
    ['--kubeconfig', kubeconfig, '--namespace', namespace, 'port-forward', target, `:${port}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const lines = createInterface(child.stdout);
    const [line] = await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`kubectl port-forward exits with ${code}`))),
    ]);
    const [, address] = /^Forwarding from (\S+) ->/.exec(line)!;
    return await use(`http://${address}`);
  } finally {
    child.kill();
  }
}
