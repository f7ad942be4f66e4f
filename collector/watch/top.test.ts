import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { serveHttp } from '../telemetry/http-server.ts';
import { busyState } from '../telemetry/page/busy.fixture.ts';
import type { Status } from '../telemetry/status.ts';
import { parseTopOptions } from './options.ts';
import { top } from './top.ts';
import { number, topText } from './top-text.ts';

const CSI = '\x1b[';

async function withCollector(run: (url: string) => Promise<void>): Promise<void> {
  const server = await serveHttp(
    busyState({ otlp: { endpoint: 'http://tempo:4317' } }, true),
    createLog('error', () => {}),
  );
  try {
    await run(`http://127.0.0.1:${server.port}/`);
  } finally {
    await server.close();
  }
}

async function statusOf(url: string): Promise<Status> {
  return (await (await fetch(`${url}status`)).json()) as Status;
}

test('rates, loss, advice, talkers, ports and exporters', () =>
  withCollector(async (url) => {
    const before = await statusOf(url);
    const [exporter, ...others] = before.exporters;
    const later = { ...exporter, packets: exporter.packets + 20, flows: exporter.flows + 6_000 };
    const now = { ...before, uptimeSeconds: before.uptimeSeconds + 2, exporters: [...others, later] };
    const lines = topText(now, before, new URL(url)).split('\n');
    assert.match(lines[0], /^netflow2traces 1\.2\.3 {2}http:\/\/127\.0\.0\.1:\d+\/ {2}up 1 min 2 s$/);
    const words = lines.map((line) => line.trim().split(/\s+/).join(' '));
    for (const expected of [
      'SOURCES of 40 s bytes/s packets/s',
      '203.0.113.80 9.40M 8.10k',
      '192.168.7.31 ↔ 203.0.113.80 9.00M 7.80k',
      'tcp 443 14.0M 12.0k',
      'EXPORTERS packets/s flows/s flows lost errors',
    ])
      assert.ok(words.includes(expected), `${expected} in\n${words.join('\n')}`);
    const first = words[words.findIndex((line) => line.startsWith('EXPORTERS')) + 1];
    assert.match(first, new RegExp(`^${exporter.address} \\S+ 10 3\\.00k `));
    const advice = lines.findIndex((line) => line.startsWith('! '));
    assert.match(lines[advice + 1], /^ {2}→ ./);
  }));

test('a small terminal is not left', () =>
  withCollector(async (url) => {
    const status = await statusOf(url);
    const lines = topText(status, status, new URL(url), { columns: 40, rows: 12 }).trimEnd().split('\n');
    assert.ok(lines.length <= 12);
    assert.ok(lines.every((line) => line.length <= 40));
  }));

test('at a terminal it is drawn again and again on another screen, and that is left at the end', () =>
  withCollector(async (url) => {
    const options = parseTopOptions([url], {});
    assert.ok(options);
    const stop = new AbortController();
    const written: string[] = [];
    const size = () => ({ columns: 100, rows: 40 });
    const write = (text: string): void => {
      written.push(text);
      if (written.length === 3) stop.abort();
    };
    await top(options, { write, size }, stop.signal);
    assert.equal(written[0], `${CSI}?1049h`);
    assert.ok(written[1].startsWith(`${CSI}Hnetflow2traces`) && written[2].startsWith(`${CSI}H`));
    assert.equal(written.at(-1), `${CSI}?1049l`);
  }));

test('elsewhere it is written once, as text', () =>
  withCollector(async (url) => {
    const options = parseTopOptions([url, '--once'], {});
    assert.ok(options);
    const written: string[] = [];
    await top(options, { write: (text) => written.push(text), size: () => undefined }, new AbortController().signal);
    assert.equal(written.length, 1);
    assert.ok(!written[0].includes('\x1b'));
  }));

suite('numbers have three digits and a unit', () => {
  for (const [value, text] of [
    [0, '0'],
    [7, '7'],
    [0.25, '0.25'],
    [12.34, '12.3'],
    [999, '999'],
    [1_000, '1.00k'],
    [9_400_000, '9.40M'],
    [999_600, '1.00M'],
    [123_456_789_012, '123G'],
  ] as const)
    test(text, () => assert.equal(number(value), text));
});
