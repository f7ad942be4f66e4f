/**
 * Two hours of packets of many devices, with everything mixed in that goes wrong with packets on their way and with the
 * devices that send them. In: a seed. Out: the packets in the order of their arrival, and what must come of them.
 */
import { pick, seeded } from '../random.ts';
import { Account } from './account.ts';
import { Device, type DeviceOptions } from './device.ts';
import { faultsOf, loseMany, makeData, type Scene, sendData, sendTemplates } from './faults.ts';

export const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5);
export const DURATION_MS = 2 * 3_600_000;

/** Between two packets of a device, and between two faults. */
const PAUSE_MS = 8_000;
const FAULT_PAUSE_MS = 150_000;
const REFRESH_MS = 600_000;
/** Data come this long before the first template. */
const TEMPLATELESS_MS = 100_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export type Arrival = { at: number; address: string; port: number; bytes: Buffer };

const DEVICES: readonly DeviceOptions[] = [
  { address: '10.0.0.1', port: 4_001, kind: 'v9', unit: 'packets' },
  { address: '10.0.0.2', port: 4_002, kind: 'v9', unit: 'flows', clock: 2 * HOUR_MS },
  { address: '10.0.0.3', port: 4_003, kind: 'v9 with strings', unit: 'packets', clock: -5 * HOUR_MS },
  { address: '10.0.0.4', port: 4_004, kind: 'IPFIX', unit: 'data records' },
  { address: '10.0.0.5', port: 4_005, kind: 'IPFIX', unit: 'records', clock: -26 * 365 * DAY_MS },
  { address: '10.0.0.6', port: 4_006, kind: 'IPFIX', unit: 'flows', sequence: 2 ** 32 - 20 },
  { address: '10.0.0.7', port: 4_007, kind: 'v5', unit: 'flows' },
  { address: '10.0.0.8', port: 4_008, kind: 'v5', unit: 'packets', clock: 90_000 },
];

/** Two devices behind one address that use one id for two layouts, and the same domain. */
const SHARED = '10.0.0.9';

export function makeStream(seed: number): { arrivals: Arrival[]; account: Account } {
  const random = seeded(seed);
  const account = new Account();
  const arrivals: Arrival[] = [];
  const sceneOf = (device: Device, now: number): Scene => ({
    device,
    account,
    now,
    arrive: (bytes, after = 0) =>
      arrivals.push({ at: now + after, address: device.address, port: device.port, bytes: Buffer.from(bytes) }),
  });
  for (const options of DEVICES) {
    // From just started to close before the uptime's wrap.
    const boot = BEGIN - random() * 49 * DAY_MS;
    runDevice(new Device(options, boot, random), (device, now) => sceneOf(device, now), random);
  }
  // So far apart that no gap of the one's numbers leads to the other's.
  const pair = [0, 5_000_000].map((sequence, index) => {
    const port = 4_009 + index;
    return new Device({ address: SHARED, port, kind: 'v9', unit: 'packets', sequence }, BEGIN - DAY_MS, random);
  });
  pair[1].changeLayout();
  runPair(pair, sceneOf, random);
  arrivals.sort((a, b) => a.at - b.at);
  return { arrivals, account };
}

type MakeScene = (device: Device, now: number) => Scene;

function runDevice(device: Device, sceneOf: MakeScene, random: () => number): void {
  const pause = () => Math.round(PAUSE_MS * (0.5 + random()));
  let now = BEGIN + pause();
  let refreshed = Number.NEGATIVE_INFINITY;
  let quietUntil = now + FAULT_PAUSE_MS;
  // The collector was started in the midst of it: templates come when they are due.
  const firstTemplate = now + TEMPLATELESS_MS;
  for (; now < BEGIN + DURATION_MS; now += pause()) {
    const scene = sceneOf(device, now);
    if (device.version !== 5 && now >= firstTemplate && now - refreshed >= REFRESH_MS) {
      sendTemplates(scene);
      refreshed = now;
      quietUntil = Math.max(quietUntil, now + 5 * PAUSE_MS);
    } else if (now > quietUntil && refreshed + 5 * PAUSE_MS < now) {
      pick(random, faultsOf(device.version))(scene);
      quietUntil = now + FAULT_PAUSE_MS * (0.5 + random());
    } else {
      sendData(scene);
      if (device.version !== 5 && now < firstTemplate) scene.account.count('packetErrors.template_missing');
    }
  }
  for (let packet = 0; packet < 4; packet++) sendData(sceneOf(device, now + packet * PAUSE_MS));
  loseMany(sceneOf(device, now + 4 * PAUSE_MS));
  sendData(sceneOf(device, now + 5 * PAUSE_MS));
}

function runPair(pair: readonly Device[], sceneOf: MakeScene, random: () => number): void {
  let announced = pair[0];
  const announce = (device: Device, now: number) => {
    sendTemplates(sceneOf(device, now));
    announced = device;
  };
  let now = BEGIN;
  for (let step = 0; now < BEGIN + DURATION_MS; step++, now += PAUSE_MS / 2) {
    const device = pick(random, pair);
    if (step % 8 < 2) announce(pair[step % 2], now);
    else {
      const scene = sceneOf(device, now);
      const { bytes, ids } = makeData(scene);
      scene.arrive(bytes);
      scene.account.send(device.address, ids, 'flow');
      if (device !== announced) scene.account.count('packetErrors.template_mismatch');
    }
  }
  for (const device of pair) announce(device, now++);
}
