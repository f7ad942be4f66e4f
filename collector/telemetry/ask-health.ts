import type { CollectorConfig } from '../../crds/collector-config.ts';
import { formatHostPort } from '../../crds/common/host-port.ts';

const TIMEOUT_MS = 5_000;

/**
 * Asks the collector of this machine at `/readyz`, where images have no program that could. Resolves with the exit
 * code, 0 when it is ready; else it has said why not.
 */
export async function askHealth({ enabled, host, port }: CollectorConfig['http']): Promise<0 | 1> {
  const problem = enabled
    ? await notReady(formatHostPort(reachable(host), port))
    : 'http is off, so there is nothing to ask';
  if (problem === undefined) return 0;
  process.stderr.write(`not ready: ${problem}\n`);
  return 1;
}

async function notReady(authority: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://${authority}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return answer.ok ? undefined : `${authority} answers ${answer.status} ${(await answer.text()).trim()}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return `${authority} does not answer (${cause instanceof Error ? cause.message : message})`;
  }
}

/** A socket of all addresses takes those of IPv4 too. */
function reachable(host: string): string {
  return host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host;
}
