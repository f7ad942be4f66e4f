/** What `inspect` shows of each case is what the collector would send. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Inspector } from '../../collector/inspect/inspector.ts';
import { NOW } from '../../collector/pipeline/pipeline.fixture.ts';
import { type Case, readPackets } from './case.ts';
import { LISTS } from './lists.ts';
import { LOSS } from './loss.ts';
import { OPTIONS } from './options.ts';
import { SAMPLED } from './sampled.ts';
import { TIME } from './time.ts';
import { TUPLE } from './tuple.ts';

const ALL: readonly Case[] = [...OPTIONS, ...TUPLE, ...TIME, ...LOSS, ...SAMPLED, ...LISTS];

suite('inspect shows the flows of each case', () => {
  for (const { file, shows, lines, ports, flows, config, received, until } of ALL) {
    if (config !== undefined || until !== undefined) continue;
    test(`${file}: ${shows}`, () => {
      const inspector = new Inspector();
      const found = readPackets(file).flatMap((payload, index) => {
        if (lines && !lines.includes(index)) return [];
        const port = ports?.[index % ports.length] ?? 50_000;
        const time = received === 'exported' ? undefined : NOW;
        const packet = inspector.inspect({ payload, address: '10.0.0.1', port, time });
        return [...packet.flows, ...packet.released.flatMap(({ flows }) => flows)];
      });
      const expected = flows.flatMap((flow) => new Array<typeof flow>(flow.count ?? 1).fill(flow));
      assert.equal(found.length, expected.length);
      const texts = found.map(({ attributes }) => JSON.stringify(attributes));
      for (const { attributes = {} } of expected) {
        const wanted = Object.entries(attributes).filter(([, value]) => typeof value !== 'object');
        assert.ok(
          found.some(({ attributes }) => wanted.every(([name, value]) => String(attributes[name]) === String(value))),
          `${JSON.stringify(wanted)} in ${texts.join('\n')}`,
        );
      }
    });
  }
});
