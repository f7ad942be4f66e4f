import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Device } from '../devices/device.ts';
import { DeviceStates } from '../devices/device-state.ts';
import { spanAttribute } from '../otlp/protobuf-writer.ts';
import { Join } from './joins.ts';

const nameOf = (id: number | string) => `if ${id}`;

/** A device that has told a name of each of these things. */
function deviceOf(ids: readonly (number | string)[]) {
  const state = new DeviceStates().create({ isInUse: () => true });
  const device = new Device();
  const name = (id: number | string, name: string) => {
    state.take({ kind: 'application', id, name }, 1, 0);
    device.turnTo(state, undefined);
  };
  for (const id of ids) name(id, nameOf(id));
  return { device, name };
}

const attributeOf = (name: string) => Buffer.from(spanAttribute('name', name));
const newJoin = () => new Join('application', [{ value: 'name', name: 'name' }]);

test('things are told apart, whatever their ids and the order in which they are asked for', () => {
  const ids = [
    ...Array.from({ length: 1_000 }, (_, index) => (index * 617) % 1_000),
    2 ** 31,
    2 ** 32 - 1,
    '0a0b0c0d0e',
  ];
  const { device } = deviceOf(ids);
  const join = newJoin();
  for (let round = 0; round < 3; round++) {
    for (const id of [5_000, ...ids, 'ff'].reverse()) {
      const expected = ids.includes(id) ? attributeOf(nameOf(id)) : Buffer.alloc(0);
      assert.deepEqual(Buffer.from(join.bytes(device, id)), expected, String(id));
    }
  }
});

test('two devices have their own names, and another name counts from when it is told', () => {
  const [one, other] = [deviceOf([1, 2]), deviceOf([2])];
  const join = newJoin();
  const names = () =>
    [one, other].map(({ device }) => [1, 2].map((id) => Buffer.from(join.bytes(device, id)).subarray(-4).toString()));
  assert.deepEqual(names(), [
    ['if 1', 'if 2'],
    ['', 'if 2'],
  ]);
  other.name(1, 'eth1');
  assert.deepEqual(names(), [
    ['if 1', 'if 2'],
    ['eth1', 'if 2'],
  ]);
});
