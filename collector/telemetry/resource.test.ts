import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createResource, detectAttributes } from './resource.ts';
import { stateFixture } from './state.fixture.ts';

afterEach(() => {
  delete process.env.OTEL_SERVICE_NAME;
  delete process.env.OTEL_SERVICE_VERSION;
  delete process.env.OTEL_RESOURCE_ATTRIBUTES;
});

for (const { name, env = {}, configured = {}, expected } of [
  { name: 'defaults', expected: { 'service.name': 'netflow2traces', 'service.version': '1.2.3' } },
  {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    env: { OTEL_RESOURCE_ATTRIBUTES: 'service.name=edge,site=Z%C3%BCrich' },
    expected: { 'service.name': 'edge', site: 'Zürich' },
  },
  {
    name: 'OTEL_SERVICE_NAME before OTEL_RESOURCE_ATTRIBUTES',
    env: { OTEL_SERVICE_NAME: 'core', OTEL_RESOURCE_ATTRIBUTES: 'service.name=edge' },
    expected: { 'service.name': 'core' },
  },
  {
    name: 'OTEL_SERVICE_VERSION before OTEL_RESOURCE_ATTRIBUTES',
    env: { OTEL_SERVICE_VERSION: ' 0.1.0 ', OTEL_RESOURCE_ATTRIBUTES: 'service.version=7' },
    expected: { 'service.version': '0.1.0' },
  },
  {
    name: 'an empty OTEL_SERVICE_VERSION',
    env: { OTEL_SERVICE_VERSION: ' ' },
    expected: { 'service.version': '1.2.3' },
  },
  {
    name: 'spans.resourceAttributes before all',
    env: { OTEL_SERVICE_NAME: 'core', OTEL_RESOURCE_ATTRIBUTES: 'site=a' },
    configured: { 'service.name': 'mine', site: 'b', 'host.name': 'h' },
    expected: { 'service.name': 'mine', site: 'b', 'host.name': 'h' },
  },
]) {
  test(`resource: ${name}`, async () => {
    Object.assign(process.env, env);
    const { config } = stateFixture({ spans: { resourceAttributes: configured as Record<string, string> } });
    const { resource, attributes } = createResource(await detectAttributes('1.2.3'), config);
    for (const [key, value] of Object.entries(expected)) assert.equal(attributes[key], value);
    assert.deepEqual(resource.attributes, attributes);
  });
}

test('the resource names the process but not its command line', async () => {
  const attributes = await detectAttributes('1.2.3');
  assert.equal(attributes['process.pid'], process.pid);
  assert.equal(attributes['os.type'], process.platform);
  assert.equal(typeof attributes['host.name'], 'string');
  assert.match(String(attributes['service.instance.id']), /^[0-9a-f-]{36}$/);
  assert.ok(!Object.keys(attributes).some((key) => key.startsWith('process.command')));
  const again = await detectAttributes('1.2.3');
  assert.equal(again['service.instance.id'], attributes['service.instance.id']);
});
