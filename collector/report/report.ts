import { randomBytes } from 'node:crypto';
import { clip } from '../../crds/common/text.ts';
import { MAX_NAMES_ERROR, type Report } from '../../crds/report.ts';
import { accountOf } from '../books/account.ts';
import type { CollectorState } from '../telemetry/state.ts';
import { createExportWatch } from './exporting.ts';
import { createExporterWatch } from './top-exporters.ts';

/** What a report is made of. */
export type ReportedState = Pick<
  CollectorState,
  'ledger' | 'exporters' | 'exportError' | 'books' | 'networks' | 'elements'
>;

/**
 * Makes a report each time it is called; `now` is Unix milliseconds, `uptime` those since the counters began. Where
 * books are kept it tells what they say: a crash after it takes nothing back.
 */
export function createReports(state: ReportedState): (now: number, uptime: number, last?: boolean) => Report {
  const boot = randomBytes(16).toString('hex');
  const watchExport = createExportWatch(() => state.exportError()?.error);
  const watchExporters = createExporterWatch();

  return (now, uptime, last = false) => {
    const ledger = state.ledger();
    const { books, networks, elements } = state;
    const namesError = elements?.error ?? networks?.error;
    const { count, top } = watchExporters(state.exporters(), now, uptime);
    const counted = books?.written ?? {
      account: accountOf(ledger),
      inFlight: ledger.flowsInFlight,
      spooled: ledger.flowsSpooled,
      uptime,
    };
    return {
      boot,
      uptime: counted.uptime,
      ...counted.account,
      ...(books && { earlier: books.earlier }),
      inFlight: counted.inFlight,
      spooled: counted.spooled,
      last,
      export: watchExport(ledger),
      ...(namesError !== undefined && { namesError: clip(namesError, MAX_NAMES_ERROR) }),
      exporters: count,
      ...(ledger.lastPacketTime > 0 && { sinceLastPacket: Math.max(0, Math.round(now - ledger.lastPacketTime)) }),
      topExporters: top,
    };
  };
}
