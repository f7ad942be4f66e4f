/** What goes wrong in a stream, each kind once in a while; and what must come of it. */
import type { Account } from './account.ts';
import type { Device, Load } from './device.ts';
import { MAX_RECORDS } from './layouts.ts';

/** A device that sends into a stream: its packets arrive so many milliseconds after they are made. */
export type Scene = {
  device: Device;
  account: Account;
  now: number;
  arrive(bytes: Buffer, after?: number): void;
};

export type Fault = (scene: Scene) => void;

/** A packet of flows as it should be; `flows` are the ids. */
export function makeData({ device, now }: Scene): { bytes: Buffer; ids: number[]; load: Load } {
  const ids = device.newFlows(MAX_RECORDS);
  const load = { flows: ids.length };
  return { bytes: device.packet(device.version === 5 ? [] : [device.data(ids, now)], load, now, ids), ids, load };
}

export function sendData(scene: Scene): void {
  const { bytes, ids } = makeData(scene);
  scene.arrive(bytes);
  scene.account.send(scene.device.address, ids, 'flow');
}

export function sendTemplates(scene: Scene): void {
  const { device, now } = scene;
  scene.arrive(device.packet([device.templates()], { templates: 1 }, now));
}

function lose(scene: Scene, packets: number): void {
  const { device, account } = scene;
  for (let packet = 0; packet < packets; packet++) {
    const { ids } = makeData(scene);
    account.send(device.address, ids, 'lost');
    if (device.unit === 'packets') account.count('lostPackets');
    else account.count('lostFlows', ids.length);
  }
}

/** One to three packets never come. */
function loseSome(scene: Scene): void {
  lose(scene, 1 + (scene.now % 3));
}

/** More than come late: what is late is counted as lost first, and makes up for what is lost next. */
export function loseMany(scene: Scene): void {
  lose(scene, 200);
}

function overtake(scene: Scene): void {
  const first = makeData(scene);
  const second = makeData(scene);
  scene.arrive(first.bytes, 20);
  scene.arrive(second.bytes, 10);
  scene.account.send(scene.device.address, [...first.ids, ...second.ids], 'flow');
}

function sendTwice(scene: Scene): void {
  const { bytes, ids } = makeData(scene);
  scene.arrive(bytes);
  scene.arrive(bytes, 1);
  scene.account.send(scene.device.address, [...ids, ...ids], 'flow');
}

/** Restarted with the same layout: data are what they were. */
function restart(scene: Scene): void {
  scene.device.restart(scene.now);
  sendData(scene);
  if (scene.device.version !== 5) sendTemplates(scene);
}

/** Restarted with another layout by the same id, and data come before it is announced. */
function restartChanged(scene: Scene): void {
  const { device, account } = scene;
  device.restart(scene.now);
  device.changeLayout();
  for (let packet = 0; packet < 2; packet++) {
    sendData(scene);
    account.count('packetErrors.template_missing');
  }
  sendTemplates(scene);
}

/** Another layout by the same id, announced first. */
function changeLayout(scene: Scene): void {
  scene.device.changeLayout();
  sendTemplates(scene);
  sendData(scene);
}

/** A set of five bytes, which no layout explains. */
function sendMisfit(scene: Scene): void {
  const { device, account, now } = scene;
  scene.arrive(device.packet([Buffer.from('010000090504030201', 'hex')], { flows: 1 }, now));
  account.send(device.address, [0], 'template_mismatch');
  account.count('packetErrors.template_mismatch');
  account.count('packetErrors.held_discarded');
}

/** Data of a template that never comes. */
function sendOrphan(scene: Scene): void {
  const { device, account, now } = scene;
  const set = device.data(device.newFlows(1), now);
  set.writeUInt16BE(999, 0);
  scene.arrive(device.packet([set], { flows: 1 }, now));
  account.send(device.address, [0], 'held_discarded');
  account.count('packetErrors.template_missing');
  account.count('packetErrors.held_discarded');
}

/** Cut off in the second of two sets. */
function cutOff(scene: Scene): void {
  const { device, account, now } = scene;
  const [whole, cut] = [device.newFlows(MAX_RECORDS), device.newFlows(MAX_RECORDS)];
  const sets = [device.data(whole, now), device.data(cut, now)];
  const bytes = device.packet(sets, { flows: whole.length + cut.length }, now);
  scene.arrive(bytes.subarray(0, -5));
  account.send(device.address, whole, 'flow');
  account.send(device.address, cut, 'malformed');
  account.count('packetErrors.malformed');
}

/** A length that is two short. */
function shortenLength(scene: Scene): void {
  const { bytes, ids } = makeData(scene);
  bytes.writeUInt16BE(bytes.length - 2, 2);
  scene.arrive(bytes);
  scene.account.send(scene.device.address, ids, 'flow');
  scene.account.count('packetErrors.length_repaired');
}

/**
 * An options template with lengths as v9 has them in IPFIX, and with odd ones in v9, beside good templates and data.
 */
function sendBadOptionsTemplate(scene: Scene): void {
  const { device, account, now } = scene;
  const bad = device.version === 9 ? '0001000e 012d0003 0004 0001 0004' : '00030012 012d0004 0008 00010004 002a0004';
  const ids = device.newFlows(MAX_RECORDS);
  const sets = [device.templates(), Buffer.from(bad.replaceAll(' ', ''), 'hex'), device.data(ids, now)];
  scene.arrive(device.packet(sets, { flows: ids.length, templates: 2 }, now));
  account.send(device.address, ids, 'flow');
  account.count('packetErrors.bad_template');
}

/** Options data and their template, in either order, with flows between. */
function sendOptions(scene: Scene): void {
  const { device, account, now } = scene;
  const ids = device.newFlows(MAX_RECORDS);
  const isFirst = !device.describesItself;
  const sets = [device.optionsTemplate(), device.data(ids, now), device.optionsData()];
  if (now % 2 === 1) {
    sets.reverse();
    if (isFirst) account.count('packetErrors.template_missing');
  }
  scene.arrive(device.packet(sets, { flows: ids.length, options: 1, templates: 1 }, now));
  account.send(device.address, ids, 'flow');
  account.send(device.address, [0], 'options');
}

const OF_ALL: readonly Fault[] = [loseSome, overtake, sendTwice, restart];
const OF_TEMPLATES: readonly Fault[] = [
  ...[restartChanged, changeLayout, sendMisfit, sendOrphan, cutOff, sendBadOptionsTemplate, sendOptions],
];

/** What may go wrong with packets of this version. */
export function faultsOf(version: 5 | 9 | 10): readonly Fault[] {
  if (version === 5) return OF_ALL;
  return version === 9 ? [...OF_ALL, ...OF_TEMPLATES] : [...OF_ALL, ...OF_TEMPLATES, shortenLength];
}
