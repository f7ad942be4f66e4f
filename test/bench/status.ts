/** The part of the collector's /status that the bench reads. */
import type { Ledger } from '../../collector/telemetry/ledger.ts';
import type { SocketState } from '../../collector/telemetry/state.ts';

export type Status = { ledger: Ledger; sockets: SocketState[] };

export async function readStatus(httpPort: number): Promise<Status> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/status`);
  if (!response.ok) throw new Error(`/status answered ${response.status}`);
  return (await response.json()) as Status;
}
