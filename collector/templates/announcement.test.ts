import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcedTemplate } from '../../crds/template.ts';
import { readTemplate } from '../decode/template.ts';
import { hex } from '../pipeline/pipeline.fixture.ts';
import { type Announcement, announce, fromJson, readAnnouncement, toJson } from './announcement.ts';
import { Exporter } from './exporter.ts';

const MAX_FIELDS = 3;

for (const [name, version, options, record] of [
  ['v9', 9, false, '0100 0002  0008 0004  0004 0001'],
  ['v9 options', 9, true, '0101 0004 0008  0001 0004  0022 0004  0023 0001'],
  ['IPFIX, enterprise element, variable length', 10, false, '0102 0002  8001 ffff 0000 7279  0004 0001'],
  ['IPFIX options', 10, true, '0103 0002 0001  0095 0004  00a0 0008'],
] as const) {
  test(`${name}: what is announced is read again`, () => {
    const bytes = hex(record);
    const read = readTemplate(
      new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
      0,
      bytes.length,
      version,
      options,
      MAX_FIELDS,
    );
    assert.equal(read.kind, 'template');
    if (read.kind !== 'template') return;
    const exporter = new Exporter('key', 0, '::ffff:10.0.0.1', 2_000, 0);
    const announcement = structuredClone(
      announce('netflow', exporter, 5, read.template, { exportTime: 77, receivedAt: 77_500 }),
    );
    assert.deepEqual(
      { ...announcement, record: Buffer.from(announcement.record).toString('hex') },
      {
        ...{
          listener: 'netflow',
          address: '10.0.0.1',
          port: 2_000,
          version,
          domain: 5,
          options,
          exportTime: 77,
          receivedAt: 77_500,
        },
        record: record.replaceAll(' ', ''),
      },
    );
    assert.deepEqual(readAnnouncement(announcement, MAX_FIELDS), { template: read.template });
    assert.deepEqual(readAnnouncement(overJson(announcement), MAX_FIELDS), {
      template: read.template,
    });
  });
}

function overJson(announcement: Announcement): Announcement {
  const [told, ...others] = toJson(announcement);
  assert.deepEqual(others, []);
  return fromJson(announcedTemplate.parse(told)) as Announcement;
}

const announced = {
  ...{ listener: 'netflow', address: '10.0.0.1', port: 1, domain: 0, exportTime: 0, receivedAt: 0 },
  ...{ version: 10 as const, options: true, record: hex('0103 0002 0001  0095 0004  00a0 0008') },
};

test('options data are read again', () => {
  const record = hex('00000005 0000018cc251f400');
  const announcement = { ...announced, data: { domain: 5, record } };
  const options = { domain: 5, facts: [{ kind: 'boot', id: 0, ms: 1_704_067_200_000 }], next: 12 };
  assert.deepEqual(readAnnouncement(announcement, MAX_FIELDS)?.options, options);
  const told = overJson(announcement);
  assert.equal(told.data?.domain, 5);
  assert.deepEqual(readAnnouncement(told, MAX_FIELDS)?.options, options);
});

for (const [name, change] of [
  ['shorter than their template', { data: { domain: 5, record: hex('00000005') } }],
  ['whose template is of flows', { options: false, data: { domain: 5, record: Buffer.alloc(12) } }],
] as const) {
  test(`options data ${name} are not taken`, () => {
    assert.equal(readAnnouncement({ ...announced, ...change }, MAX_FIELDS), undefined);
  });
}

for (const [name, record] of [
  ['nothing', ''],
  ['a withdrawal', '0100 0000'],
  ['half a template', '0100 0002 0004 0001'],
  ['more fields than are taken', '0100 0004 0004 0001 0004 0001 0004 0001 0004 0001'],
] as const) {
  test(`${name} is not taken`, () => {
    assert.equal(readAnnouncement({ ...announced, options: false, record: hex(record) }, MAX_FIELDS), undefined);
  });
}
