/**
 * Templates by way of the operator: those of the other collectors before the sockets are opened, and news later. Where
 * the operator is away, the copy that it left.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../crds/common/log.ts';
import { REPORT_FILES, type Reply } from '../../crds/report.ts';
import { type Announced, TEMPLATES_PATH, templateReply, unpackTemplates } from '../../crds/template.ts';
import { createExchange } from '../templates/exchange.ts';
import type { KnownTemplates } from '../templates/known.ts';
import type { OperatorClient } from './client.ts';

/** Milliseconds that a start waits for the operator, and between attempts: one of its replicas alone answers. */
const START_MS = 5_000;
const RETRY_MS = 200;

export type TemplateSharing = {
  /** Takes what the operator answered to a report, and exchanges templates if there is cause. */
  afterReport(reply: Reply): Promise<void>;
};

export type SharingOptions = {
  /** `reports.dir` of the configuration. */
  dir: string;
  client: OperatorClient;
  known: KnownTemplates;
  /** Called with each template and fact of another collector. */
  onLearned(announced: Announced): void;
  log: Log;
};

/** Resolves when `known` has all there is, or the operator did not answer in time. Never rejects. */
export async function shareTemplates({ dir, client, known, onLearned, log }: SharingOptions): Promise<TemplateSharing> {
  for (const announced of readCopy(join(dir, REPORT_FILES.templates), log)) known.adopt(announced);
  const exchange = createExchange({
    known,
    send: async (request) => templateReply.parse(await client.post(TEMPLATES_PATH, request)),
    onLearned,
  });
  let failure: unknown;
  const answered = await Promise.race([
    untilAnswered(exchange.round, (error) => {
      failure = error;
    }),
    sleep(START_MS, false, { ref: false }),
  ]);
  const from = answered ? 'the operator' : 'a copy';
  log.info('templates of other collectors', {
    from,
    templates: known.list().length,
    ...(!answered && { error: String(failure) }),
  });

  return {
    async afterReport({ templates }) {
      if (exchange.due(templates)) await exchange.round();
    },
  };
}

async function untilAnswered(round: () => Promise<void>, onFailure: (error: unknown) => void): Promise<boolean> {
  const end = performance.now() + START_MS;
  while (performance.now() < end) {
    try {
      await round();
      return true;
    } catch (error) {
      onFailure(error);
      await sleep(RETRY_MS);
    }
  }
  return false;
}

function readCopy(path: string, log: Log): Announced[] {
  try {
    return unpackTemplates(readFileSync(path)).announced;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn('the copy of templates is damaged: starting without it', { path, error: String(error) });
    return [];
  }
}
