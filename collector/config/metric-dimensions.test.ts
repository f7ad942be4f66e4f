import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { readNetworks } from '../networks/networks.ts';
import { dimensionsWithoutEffect } from './metric-dimensions.ts';

const NETWORKS = readNetworks(Buffer.from('prefix,site\n10.0.0.0/8,zrh\n'), () => true);
const told = (dimensions: string[], networks = NETWORKS, services?: object) =>
  dimensionsWithoutEffect(
    collectorConfig.parse({
      flowMetrics: { sets: [{ name: 'a', dimensions }] },
      ...(services && { spans: { services } }),
    }),
    networks,
  );

test('columns that the file of networks does not have are told, with what may have been meant', () => {
  assert.deepEqual(told(['source.site', 'server.site', 'source.address', 'network.interface.direction']), []);
  assert.deepEqual(told(['client.site', 'source.adress', 'destination.sit', 'client.planet']), [
    'flowMetrics.sets[0].dimensions[1]: "source.adress" has no effect: there is no column adress in the file of networks; did you mean source.address?',
    'flowMetrics.sets[0].dimensions[2]: "destination.sit" has no effect: there is no column sit in the file of networks; did you mean destination.site?',
    'flowMetrics.sets[0].dimensions[3]: "client.planet" has no effect: there is no column planet in the file of networks',
  ]);
});

test('services are there when they are drawn', () => {
  assert.deepEqual(told(['client.service.name'], NETWORKS, {}), []);
  assert.match(told(['client.service.name'])[0], /has no effect: spans\.services is not set/);
});
