import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanAttribute } from '../otlp/protobuf-writer.ts';
import { Identities } from './identity.ts';

const ADDRESS = spanAttribute('netflow.exporter.address', '10.0.0.1');
const PORT = spanAttribute('netflow.exporter.port', 4_739);
const original = (address: string) => spanAttribute('netflow.original_exporter.address', address);

test('an exporter is known by address, port and the device behind it, as they are now', () => {
  const identities = new Identities();
  const domain = { exporter: { address: '10.0.0.1', port: 4_739 } };
  const bytes = (behind?: string) => identities.of(domain, behind);
  const expect = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

  assert.deepEqual(bytes(), expect(ADDRESS, PORT));
  assert.equal(bytes(), bytes(), 'encoded once');
  assert.deepEqual(bytes('c0000201'), expect(ADDRESS, PORT, original('192.0.2.1')));
  assert.deepEqual(bytes(`20010db8${'00'.repeat(11)}01`), expect(ADDRESS, PORT, original('2001:db8::1')));
  domain.exporter.port = 99;
  assert.deepEqual(bytes(), expect(ADDRESS, spanAttribute('netflow.exporter.port', 99)));
});
