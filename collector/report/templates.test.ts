import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createLog } from '../../crds/common/log.ts';
import { REPORT_FILES } from '../../crds/report.ts';
import type { AnnouncedTemplate, TemplateReply, TemplateRequest } from '../../crds/template.ts';
import { KnownTemplates } from '../templates/known.ts';
import { shareTemplates } from './templates.ts';

const template = (domain: number): AnnouncedTemplate => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 0, version: 10, domain, options: false, exportTime: 77 },
  ...{ receivedAt: 100, record: 'AQAAAQAEAAE=' },
});

/** `answer` is what the operator says; it is away as long as that throws. */
function createHarness(t: TestContext, answer: () => TemplateReply) {
  const dir = mkdtempSync(join(tmpdir(), 'templates-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const known = new KnownTemplates(100);
  const told: number[][] = [];
  const learned: number[] = [];
  const lines: string[] = [];
  const domains = () => known.list().map(({ domain }) => domain);
  const share = () =>
    shareTemplates({
      dir,
      client: {
        async post(_path, body) {
          const reply = answer();
          told.push((body as TemplateRequest).templates.map(({ domain }) => domain));
          return reply;
        },
        close() {},
      },
      known,
      onLearned: ({ domain }) => learned.push(domain),
      log: createLog('info', (line) => lines.push(line)),
    });
  const writeCopy = (content: Buffer) => writeFileSync(join(dir, REPORT_FILES.templates), content);
  return { known, domains, told, learned, lines, share, writeCopy };
}

const copyOf = (...domains: number[]) => gzipSync(JSON.stringify({ templates: domains.map(template) }));
const reply = (cursor: number, ...domains: number[]): TemplateReply => {
  return { registry: 'r', cursor, templates: domains.map(template), facts: [], more: false };
};

test('a start knows what the operator has, what is in its copy, and what is in the state file', async (t) => {
  const { known, domains, share, writeCopy, told } = createHarness(t, () => reply(1, 3));
  known.add(template(1));
  writeCopy(copyOf(2));
  await share();
  assert.deepEqual(domains(), [1, 2, 3]);
  assert.deepEqual(told, [[1, 2]]);
});

test('an operator that is away for a moment is waited for', async (t) => {
  let attempts = 0;
  const { domains, share } = createHarness(t, () => {
    if (++attempts < 3) throw new Error('away');
    return reply(1, 3);
  });
  await share();
  assert.deepEqual(domains(), [3]);
});

test('without an operator a start goes on with the copy', async (t) => {
  const { domains, share, writeCopy, lines } = createHarness(t, () => {
    throw new Error('away');
  });
  writeCopy(copyOf(2));
  await share();
  assert.deepEqual(domains(), [2]);
  assert.match(lines.at(-1)!, /a copy.*away/);
});

for (const [name, content] of [
  ['not gzip', Buffer.from('{}')],
  ['no JSON', gzipSync('{')],
  ['something else', gzipSync('{"templates":{}}')],
] as const) {
  test(`a copy that is ${name} is logged, and all goes on`, async (t) => {
    const { domains, share, writeCopy, lines } = createHarness(t, () => reply(1, 3));
    writeCopy(content);
    await share();
    assert.deepEqual(domains(), [3]);
    assert.match(lines[0], /damaged/);
  });
}

test('after a report, templates are exchanged only when there is something new', async (t) => {
  const replies = [reply(1), reply(2, 3), reply(3)];
  const { known, told, learned, share } = createHarness(t, () => replies.shift()!);
  const { afterReport } = await share();
  const interval = 5_000;
  await afterReport({ interval, templates: { registry: 'r', cursor: 1 } });
  assert.equal(told.length, 1);
  await afterReport({ interval, templates: { registry: 'r', cursor: 2 } });
  assert.deepEqual(learned, [3]);
  known.add(template(4));
  await afterReport({ interval });
  assert.deepEqual(told, [[], [], [4]]);
});
