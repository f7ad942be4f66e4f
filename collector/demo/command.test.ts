import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MAIN, startCollector } from '../../test/e2e/collector.ts';
import { optionsIn, receiver, startCommand } from '../replay/command.fixture.ts';

const CAPTURES = new URL('../../test/captures/demo/', import.meta.url);
const loopbacks = process.platform === 'darwin' ? 1 : 7;

test('starts a collector that sees a small network: devices, names, no loss, times of today', async (t) => {
  const collector = await startCollector(t, { program: [process.execPath, MAIN, 'demo'] });
  const twice = await collector.until(({ ledger }) => ledger.packets >= 30);
  assert.equal(twice.exporters.length, loopbacks);
  for (const { address, lostFlows, lostPackets } of twice.exporters) {
    assert.deepEqual([address, lostFlows, lostPackets], [address, 0, 0]);
  }
  assert.ok(collector.output.includes(`  look at it  ${collector.url}`));
  assert.ok(twice.exporters.some(({ versions, rates }) => versions.includes('sflow') && rates[0].rate === 200));
  assert.ok(twice.networks!.prefixes > 10);
  assert.deepEqual(
    twice.advice.filter(({ severity }) => severity !== 'info'),
    [],
  );
  const folder = String(collector.log.find(({ file }) => file)?.file);
  assert.ok(existsSync(folder));
  // Without a backend all flows end with the collector, which is no loss to anybody.
  assert.equal(await collector.stop('SIGINT'), 0);
  assert.ok(!existsSync(folder));
});

test('sends the packets of its captures in their order, exported now, to a collector that runs', async () => {
  const { socket, received, to } = await receiver('127.0.0.1');
  const before = Math.floor(Date.now() / 1000);
  const { code, stdout } = await startCommand('demo', '--to', to).done;
  assert.equal(code, 0);
  assert.match(stdout, /^demo: sent 14 packets \(1 v5, 5 v9, 7 IPFIX, 1 sFlow\), \d+ bytes, in \d+\.\d s to /);
  const files = readdirSync(CAPTURES).filter((name) => name.endsWith('.bin'));
  const exportTimeAt = (packet: Buffer) => (packet.readUInt16BE() === 10 ? 4 : 8);
  for (const [index, name] of files.sort().entries()) {
    const { payload } = received[index];
    const original = readFileSync(new URL(name, CAPTURES));
    if (name.includes('sflow')) {
      assert.deepEqual(payload, original, 'tells no time');
      continue;
    }
    const at = exportTimeAt(payload);
    const exportTime = payload.readUInt32BE(at);
    assert.ok(exportTime >= before && exportTime <= Date.now() / 1000, name);
    assert.equal(payload.length, original.length, name);
    assert.deepEqual(payload.subarray(0, at), original.subarray(0, at), name);
  }
  assert.equal(received.length, files.length);
  assert.equal(new Set(received.map(({ from }) => from.address)).size, loopbacks);
  socket.close();
});

test('says what is wrong with its command line', async () => {
  const cases: [string[], RegExp][] = [
    [['--to', '127.0.0.1:2055', 'file.pcap'], /^demo: Unexpected argument .*\nSee: node .*main\.ts demo --help$/m],
    [['--to', 'somewhere'], /^demo: --to somewhere: write HOST:PORT/],
    [['file.pcap'], /file\.pcap: is neither a command nor a flag/],
    [['--listen', 'nowhere:no'], /--listen: "nowhere:no"/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await startCommand('demo', ...args).done;
    assert.match(stderr, message);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '));
  }
});

test('--help tells every option', async () => {
  const { code, stdout } = await startCommand('demo', '--help').done;
  assert.equal(code, 0);
  assert.deepEqual(optionsIn(stdout), ['--to', '--rate', '--loop', '-h, --help']);
  assert.deepEqual(await startCommand('demo', '-h').done, { code, stdout, stderr: '' });
});
