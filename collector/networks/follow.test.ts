import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { CollectorError } from '../common/errors.ts';
import { createNetworksFollower } from './follow.ts';

const GOOD = 'prefix,site\n10.0.0.0/8,zrh1\n';

function setUp(t: TestContext, content: string | undefined = GOOD) {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'networks.csv');
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  if (content !== undefined) write(content);
  const lines: string[] = [];
  const follower = createNetworksFollower(
    createLog('info', (line) => lines.push(line)),
    () => 1_000,
  );
  const spans = (attributes: NonNullable<NonNullable<CollectorConfigInput['spans']>['attributes']> = {}) =>
    collectorConfig.parse({ spans: { attributes: { networksFile: file, ...attributes } } }).spans;
  /** What two looks bring: at the first, a change may still be under way. */
  const look = () => follower.look() ?? follower.look();
  return { file, write, follower, spans, look, lines };
}

suite('the file of network names', () => {
  test('is read for a configuration that names it, and is forgotten with it', (t) => {
    const { file, follower, spans } = setUp(t);
    assert.equal(follower.take(spans(), true)?.prefixes, 1);
    assert.deepEqual(follower.state, { file, prefixes: 1, readTime: 1_000, error: undefined });
    assert.equal(follower.take(spans({ networksFile: undefined }), true), undefined);
    assert.equal(follower.state, undefined);
  });

  test('is read again when it has changed, and only then', (t) => {
    const { write, follower, spans, look } = setUp(t);
    follower.take(spans(), true);
    assert.equal(look(), undefined);
    write(`${GOOD}11.0.0.0/8,bern\n`);
    assert.equal(look()?.prefixes, 2);
    assert.equal(look(), undefined);
  });

  test('leaves the last good names in use when it is wrong, and tells the line', (t) => {
    const { file, write, follower, spans, look, lines } = setUp(t);
    follower.take(spans(), true);
    write(`${GOOD}11.0.0.0/33,bern\n`);
    assert.equal(look(), undefined);
    assert.equal(follower.state?.prefixes, 1);
    assert.match(follower.state?.error ?? '', /networks.csv: line 3: "11.0.0.0\/33" is no prefix/);
    assert.match(lines.at(-1)!, /the last good names of networks stay in use/);
    rmSync(file);
    assert.equal(look(), undefined);
    assert.match(follower.state?.error ?? '', /networksFile: \/.*\/networks.csv: there is no such file$/);
    assert.match(lines.at(-1)!, /there is no such file/, 'each mistake is told, also soon after another');
    write(GOOD);
    assert.equal(look()?.prefixes, 1);
    assert.equal(follower.state?.error, undefined);
  });

  test('must be right at the start', (t) => {
    const { follower, spans } = setUp(t, 'prefix\n');
    assert.throws(
      () => follower.take(spans(), true),
      (error) => error instanceof CollectorError && error.code === 'E_NETWORKS_FILE' && /line 1/.test(error.detail),
    );
  });

  test('may come later where somebody else sees to it', (t) => {
    const { file, write, follower, spans, look, lines } = setUp(t, '');
    rmSync(file);
    assert.equal(follower.take(spans(), false), undefined);
    assert.match(follower.state?.error ?? '', /no such file/);
    assert.equal(look(), undefined);
    write('wrong');
    assert.equal(look(), undefined);
    assert.match(lines.at(-1)!, /spans are without names of networks: .*the head .*wrong/);
    write(GOOD);
    assert.equal(look()?.prefixes, 1);
  });

  test('tells when it has changed after it was refused', (t) => {
    const { write, follower, spans } = setUp(t, 'wrong');
    const mended = () => follower.mended() || follower.mended();
    assert.throws(() => follower.take(spans(), true));
    assert.equal(mended(), false);
    write(GOOD);
    assert.deepEqual([mended(), mended()], [true, false]);
    follower.take(spans(), true);
    write(`${GOOD}11.0.0.0/8,bern\n`);
    assert.equal(mended(), false);
  });

  test('is not waited for when it is a pipe', (t) => {
    const { file, follower, spans } = setUp(t);
    rmSync(file);
    execFileSync('mkfifo', [file]);
    assert.throws(() => follower.take(spans(), true), /networks.csv: it is no regular file/);
  });

  for (const [what, attributes] of [
    ['the profile has', {}],
    ['rename gives', { rename: { 'source.port': 'source.site' } }],
    ['constants have', { constants: [{ attributes: { 'destination.site': 'x' } }] }],
  ] as const) {
    test(`has no column for a name that ${what}`, (t) => {
      const { follower, spans } = setUp(t, what === 'the profile has' ? 'prefix,mac\n' : GOOD);
      const wrong = spans(structuredClone(attributes) as Parameters<typeof spans>[0]);
      assert.throws(() => follower.take(wrong, true), /line 1: .* is an attribute already/);
    });
  }
});
