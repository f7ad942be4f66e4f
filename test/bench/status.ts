/** The part of the collector's /status that the bench reads. */
import type { FlowDrop } from '../../collector/ledger/ledger.ts';

export type Status = {
  ledger: {
    packets: number;
    flows: number;
    flowsExported: number;
    flowsDropped: Record<FlowDrop, number>;
    /** How many flows the books are short of. */
    imbalance: number;
  };
  sockets: { droppedPackets?: number }[];
};

export async function readStatus(httpPort: number): Promise<Status> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/status`);
  if (!response.ok) throw new Error(`/status answered ${response.status}`);
  return (await response.json()) as Status;
}
