import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { waitFor } from '../../test/e2e/collector.ts';
import { assignRuleSlots } from '../ledger/rule-slots.ts';
import { packetOf } from '../select/flows.fixture.ts';
import { fromJson, toJson } from '../templates/announcement.ts';
import { KnownTemplates } from '../templates/known.ts';
import { WorkerPool } from './pool.ts';

const WORKERS = 3;

test('a template that the first worker learns while the others start is known to all', async (t) => {
  const config = collectorConfig.parse({ listeners: [{ host: '127.0.0.1', port: 0 }] });
  const known = new KnownTemplates(config.limits.templates);
  const exporter = createSocket('udp4');
  t.after(() => exporter.close());
  const pool = new WorkerPool({
    program: new URL('../main.ts', import.meta.url),
    settings: { config, resource: {}, ruleSlots: assignRuleSlots([], []), networks: undefined, elements: undefined },
    log: createLog('info', (line) => {
      const { message, worker, port } = JSON.parse(line);
      if (message === 'listening' && worker === 0) exporter.send(packetOf({}), port, '127.0.0.1');
    }),
    onNews: (announcement) => {
      for (const announced of toJson(announcement)) known.add(announced);
    },
    onTrace: () => {},
    onCrash: (error) => assert.fail(error),
  });
  await pool.start(WORKERS, () => known.list().map(fromJson));
  t.after(() => pool.stop(0));
  await waitFor(() => pool.ledger().templates >= WORKERS, 'every worker knows the template');
  assert.equal(pool.ledger().templatesLearned, 1);
});
