/**
 * A collector of an older version under this operator: its pods are not replaced, and it takes the file that this
 * operator writes for it. Its sources come from the history.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { createExchange } from '../../collector/templates/exchange.ts';
import { KnownTemplates } from '../../collector/templates/known.ts';
import { netflowCollector } from '../../crds/netflowcollector.ts';
import { type TemplateRequest, templateReply, unpackTemplates } from '../../crds/template.ts';
import { configFileOf } from '../../operator/manifests/collector-config.ts';
import { buildDaemonSet } from '../../operator/manifests/daemon-set.ts';
import { NETWORKS_DIR, NETWORKS_FILE } from '../../operator/manifests/files.ts';
import { createFleet } from './fleet.ts';

/** The oldest version whose collectors are to go on under this operator. */
const OLD = 'b8fd5d1d22a2dd524a0257ffe4b82c8506584d10';
const ROOT = join(import.meta.dirname, '../..');
const IMAGE = 'registry.example/netflow2traces-collector:0.1.0';

const key = (name: string, key: string) => ({ secretKeyRef: { name, key } });
/** What users of that version may have written: these stay as they are. */
const SPECS = {
  'the least': { otlp: { endpoint: 'http://tempo.tracing:4317' } },
  'every part': {
    listeners: [{ port: 2055 }, { name: 'ipfix', port: 4739 }],
    allowedSources: ['10.0.0.0/8', '2001:db8::/32'],
    workers: 4,
    receiveBuffer: '64Mi',
    otlp: {
      endpoint: 'https://otlp.example/otlp',
      protocol: 'http/protobuf',
      compression: 'gzip',
      timeout: '20s',
      headers: [{ name: 'X-Scope-OrgID', value: 'net' }],
      basicAuth: { username: '12345', password: key('backend', 'password') },
      tls: {
        ca: { configMapKeyRef: { name: 'authorities', key: 'ca.pem' } },
        clientCertificate: { secretName: 'client' },
        serverName: 'otlp.internal',
      },
      retry: { maxElapsed: '10m' },
      queue: { memory: '128Mi' },
    },
    spans: {
      timestamps: 'clamped',
      attributes: { networks: { configMapKeyRef: { name: 'networks', key: 'networks.csv' } } },
      resourceAttributes: { site: 'fra1' },
    },
    selection: {
      filter: 'destination.port != 53',
      rules: [{ name: 'bulk', match: 'flow.bytes.delta > 1000000', action: 'keep' }],
      sampling: { probability: 0.1 },
    },
    metrics: { port: 9500, otlp: { endpoint: 'https://metrics.example:4317', bearerToken: key('backend', 'token') } },
    pod: { nodeSelector: { 'example.com/netflow': 'true' }, tolerations: [{ operator: 'Exists' }] },
  },
};

const known = spawnSync('git', ['cat-file', '-e', OLD], { cwd: ROOT }).status === 0;

suite('a collector of an older version', { skip: !known && `the history here does not have ${OLD}` }, () => {
  const old = mkdtempSync(join(tmpdir(), 'old-collector-'));
  after(() => rmSync(old, { recursive: true }));
  execFileSync('tar', ['-x', '-C', old], {
    input: execFileSync('git', ['archive', OLD, 'collector', 'crds', 'operator', 'package.json'], {
      cwd: ROOT,
      maxBuffer: 2 ** 30,
    }),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(old, 'node_modules'));

  const template = (domain: number) => ({
    ...{ listener: 'netflow', address: '10.0.0.1', port: 0, version: 10 as const, domain, options: false },
    ...{ exportTime: 77, receivedAt: 100, record: 'AQAAAQAEAAE=' },
  });
  const domainsOf = (known: { list(): { domain: number }[] }) => known.list().map(({ domain }) => domain);

  test('exchanges templates with this operator, and reads the copy that it leaves', async () => {
    const { KnownTemplates: OldKnown } = await import(join(old, 'collector/templates/known.ts'));
    const { createExchange: createOld } = await import(join(old, 'collector/templates/exchange.ts'));
    const contract = await import(join(old, 'crds/template.ts'));
    const { registry, post, createCollector } = createFleet();
    const known = new OldKnown(100);
    const { round } = createOld({
      known,
      send: async (request: TemplateRequest) => contract.templateReply.parse(post('old', request)),
      onLearned: () => {},
    });
    known.add(template(1));
    await round();
    const collector = await createCollector('new');
    collector.known.add(template(2));
    await collector.round();
    await round();
    assert.deepEqual(domainsOf(known), [1, 2]);
    assert.deepEqual(domainsOf(collector.known), [1, 2]);
    const copy = contract.unpackTemplates(registry.copy('netflow/edge'));
    assert.deepEqual(domainsOf({ list: () => copy }), [1, 2]);
  });

  test('is understood, as its operator is, by a collector of this version', async () => {
    const { TemplateRegistry: OldRegistry } = await import(join(old, 'operator/templates/registry.ts'));
    const contract = await import(join(old, 'crds/template.ts'));
    const registry = new OldRegistry(() => {});
    const collectors = ['one', 'other'].map(() => {
      const known = new KnownTemplates(100);
      const send = async (request: TemplateRequest) =>
        templateReply.parse(registry.exchange('netflow/edge', contract.templateRequest.parse(request)));
      return { known, ...createExchange({ known, send, onLearned: () => {} }) };
    });
    for (const [index, { known }] of collectors.entries()) known.add(template(index));
    for (const { round } of [...collectors, ...collectors]) await round();
    for (const { known } of collectors) assert.deepEqual(domainsOf(known).sort(), [0, 1]);
    const { announced } = unpackTemplates(registry.copy('netflow/edge'));
    assert.deepEqual(domainsOf({ list: () => announced }), [0, 1]);
  });

  for (const [name, spec] of Object.entries(SPECS)) {
    const resource = {
      apiVersion: 'netflow2traces.io/v1alpha1',
      kind: 'NetflowCollector',
      metadata: { name: 'edge', namespace: 'flows', uid: '6a1f7c0e-0000-4000-8000-000000000001' },
      spec,
    };
    const now = netflowCollector.parse(resource);

    test(`takes the file of this operator: ${name}`, () => {
      const file = join(old, 'collector.yaml');
      writeFileSync(join(old, NETWORKS_FILE), 'prefix,site\n10.0.0.0/8,fra1\n');
      writeFileSync(file, configFileOf(now).replaceAll(NETWORKS_DIR, old));
      const { status, stderr } = spawnSync(process.execPath, [
        join(old, 'collector/main.ts'),
        ...['--config', file, '--check'],
      ]);
      assert.equal(status, 0, String(stderr));
    });

    test(`is not replaced by this operator: ${name}`, async () => {
      const before = await import(join(old, 'crds/netflowcollector.ts'));
      const { buildDaemonSet: buildThen } = await import(join(old, 'operator/manifests/daemon-set.ts'));
      const then = buildThen(before.netflowCollector.parse(resource), IMAGE);
      assert.deepEqual(buildDaemonSet(now, { image: IMAGE, pullSecrets: [] }).spec!.template, then.spec.template);
    });
  }
});
