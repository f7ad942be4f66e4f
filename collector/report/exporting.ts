import { clip } from '../../crds/common/text.ts';
import { MAX_EXPORT_ERROR, type Report } from '../../crds/report.ts';
import type { Ledger } from '../ledger/ledger.ts';

type Seen = Pick<Ledger, 'lastExportTime' | 'exportFailures'>;

/**
 * Tells from the ledger, each time it is looked at, whether the backend takes what is sent. While nothing is tried, the
 * answer stays as it was. `lastError`: what the backend, or the network, said last.
 */
export function createExportWatch(lastError: () => string | undefined): (ledger: Seen) => Report['export'] {
  let state: Report['export']['state'] = 'idle';
  let seen: Seen = { lastExportTime: 0, exportFailures: 0 };

  return (ledger) => {
    const { lastExportTime, exportFailures } = ledger;
    // Failures beside a success came before it; if not, the next look will tell.
    if (lastExportTime !== seen.lastExportTime) state = 'working';
    else if (exportFailures > seen.exportFailures) state = 'failing';
    seen = { lastExportTime, exportFailures };
    const error = state === 'failing' ? lastError() : undefined;
    return { state, ...(error !== undefined && { error: clip(error, MAX_EXPORT_ERROR) }) };
  };
}
