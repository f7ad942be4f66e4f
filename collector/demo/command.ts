/**
 * `netflow2traces demo`: a small network to look at. In: packets of real devices, with names for their networks, which
 * are part of the program. Out: a collector that gets them again and again; or the packets alone, to one that runs.
 */
import { explained } from '../common/usage.ts';
import { replay } from '../replay/replay.ts';
import { explainSending, send } from '../replay/send.ts';
import { createSender } from '../replay/sender.ts';
import type { Errand } from './errand.ts';
import { writeDemoConfig } from './network.ts';
import { DEMO_HELP, demoDelivery, parseDemoOptions } from './options.ts';
import { demoPackets } from './packets.ts';

/** Packets per second: all of them in some three seconds, as often as real devices speak up. */
const RATE = 5;

/** Resolves with the exit code, or with what the collector is to be started for. */
export async function runDemo(args: string[]): Promise<number | Errand> {
  let errand: Errand | undefined;
  const run = async (): Promise<void> => {
    const demo = parseDemoOptions(args);
    if (demo.kind === 'help') process.stdout.write(DEMO_HELP);
    else if (demo.kind === 'send') await send('demo', demoPackets(), demo.options);
    else errand = { args: [...configFlags(demo.args), ...demo.args], feed };
  };
  const exitCode = await explained('demo', run, explainSending);
  return errand ?? exitCode;
}

/** The demo's own configuration, unless the user has one. */
function configFlags(args: readonly string[]): string[] {
  const hasOne = args.some((arg) => /^--config(=|$)/.test(arg));
  return hasOne ? [] : ['--config', writeDemoConfig()];
}

/** Sends the packets to a listener of this process until `signal` aborts. */
async function feed(listener: { address: string; port: number }, signal: AbortSignal): Promise<void> {
  const host = ['::', '0.0.0.0'].includes(listener.address) ? '127.0.0.1' : listener.address;
  const delivery = demoDelivery({ host, port: listener.port });
  const sender = await createSender(delivery);
  const progress = { packets: 0, bytes: 0, versions: new Map() };
  try {
    await replay(demoPackets(), { ...delivery, rate: RATE, rounds: Infinity }, sender, progress, signal);
  } finally {
    sender.close();
  }
}
