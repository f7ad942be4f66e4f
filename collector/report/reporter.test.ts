import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { REPORT_FILES, REPORT_PATH, report } from '../../crds/report.ts';
import { createIdentity, type Identity } from '../send/identity.fixture.ts';
import { stateFixture } from '../telemetry/state.fixture.ts';
import { createOperatorClient } from './client.ts';
import { startReporting } from './reporter.ts';

const INTERVAL = 20_000;

/** An operator that notes the tokens of the reports it takes, and answers with `answer.status`. */
async function startOperator(t: TestContext, identity: Identity, port = 0) {
  const tokens: (string | undefined)[] = [];
  const answer = { status: 200, body: JSON.stringify({ interval: INTERVAL }) };
  const server: Server = createServer(identity, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    assert.equal(request.url, REPORT_PATH);
    report.parse(JSON.parse(String(Buffer.concat(chunks))));
    if (answer.status === 200) tokens.push(request.headers.authorization);
    response.writeHead(answer.status).end(answer.body);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  t.after(close);
  return { tokens, answer, close, port: (server.address() as AddressInfo).port };
}

/** A collector whose timers are told when to fire: `next` lets the next report go and resolves when it is through. */
function startCollector(t: TestContext, identity: Identity) {
  const dir = mkdtempSync(join(tmpdir(), 'reports-'));
  const lines: string[] = [];
  let timer: { callback: () => void; delayMs: number } | undefined;
  let scheduled = Promise.withResolvers<void>();
  const log = createLog('debug', (line) => lines.push(line));
  const client = createOperatorClient(dir, log);
  const stop = startReporting(client, stateFixture(), log, {
    random: () => 0.5,
    setTimer(callback, delayMs) {
      timer = { callback, delayMs };
      scheduled.resolve();
      return () => {
        timer = undefined;
      };
    },
  });
  t.after(() => {
    client.close();
    rmSync(dir, { recursive: true });
  });
  const file = (name: keyof typeof REPORT_FILES) => join(dir, REPORT_FILES[name]);
  return {
    lines,
    write(port: number, token: string) {
      writeFileSync(file('endpoint'), `https://localhost:${port}\n`);
      writeFileSync(file('token'), token);
      copyFileSync(identity.caFile, file('ca'));
    },
    /** Resolves with the milliseconds until the report after it. */
    async next(): Promise<number> {
      scheduled = Promise.withResolvers();
      timer!.callback();
      await scheduled.promise;
      return timer!.delayMs;
    },
    stop,
    pending: () => timer !== undefined,
  };
}

test('reports bear the token of the moment, and come as often as asked', async (t) => {
  const identity = createIdentity(t);
  const { port, tokens } = await startOperator(t, identity);
  const collector = startCollector(t, identity);
  collector.write(port, 'one');
  assert.equal(await collector.next(), INTERVAL);
  collector.write(port, 'renewed');
  assert.equal(await collector.next(), INTERVAL);
  assert.deepEqual(tokens, ['Bearer one', 'Bearer renewed']);
});

test('files may come later', async (t) => {
  const identity = createIdentity(t);
  const { port, tokens } = await startOperator(t, identity);
  const collector = startCollector(t, identity);
  for (let attempt = 0; attempt < 8; attempt++) await collector.next();
  assert.match(collector.lines.at(-1)!, /no report reaches the operator/);
  collector.write(port, 'one');
  assert.equal(await collector.next(), INTERVAL);
  assert.equal(tokens.length, 1);
});

test('an operator that goes away is looked for, ever less often, until another one leads', async (t) => {
  const identity = createIdentity(t);
  const first = await startOperator(t, identity);
  const collector = startCollector(t, identity);
  collector.write(first.port, 'one');
  await collector.next();
  first.close();
  const delays = [];
  for (let attempt = 0; attempt < 10; attempt++) delays.push(await collector.next());
  assert.deepEqual(delays.slice(0, 3), [150, 300, 600]);
  assert.equal(delays.at(-1), INTERVAL * 0.75);
  const second = await startOperator(t, identity, first.port);
  assert.equal(await collector.next(), INTERVAL);
  assert.equal(second.tokens.length, 1);
});

test('a refusal, and an answer that is none, are tried again', async (t) => {
  const identity = createIdentity(t);
  const { port, answer, tokens } = await startOperator(t, identity);
  const collector = startCollector(t, identity);
  collector.write(port, 'one');
  answer.status = 401;
  assert.equal(await collector.next(), 5_000 * 0.75);
  Object.assign(answer, { status: 200, body: '{"interval":1e99}' });
  assert.equal(await collector.next(), 300);
  answer.body = JSON.stringify({ interval: INTERVAL });
  assert.equal(await collector.next(), INTERVAL);
  assert.equal(tokens.length, 2);
});

test('one that stops tells what has become of the rest, and then sends nothing more', async (t) => {
  const identity = createIdentity(t);
  const { port, tokens } = await startOperator(t, identity);
  const collector = startCollector(t, identity);
  collector.write(port, 'one');
  assert.ok(collector.pending());
  await collector.stop();
  assert.deepEqual(tokens, ['Bearer one']);
  assert.ok(!collector.pending());
});

test('one that stops does not wait for an operator that is away', async (t) => {
  const collector = startCollector(t, createIdentity(t));
  const start = performance.now();
  await collector.stop();
  assert.ok(performance.now() - start < 10_000);
});
