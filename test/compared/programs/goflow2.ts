/** goflow2's messages as JSON, by the mapping that it brings. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, start, until } from '../../bench/child.ts';
import { udpPortOpen } from '../../bench/proc.ts';
import { buildGoOnce, cachedAs } from '../../build-cache.ts';
import type { Program } from '../figures.ts';
import { byExporter, fromAgent, inFolder, loopbackOf, readJsonLines, send, versionIn } from './program.ts';

const SOURCES = join(import.meta.dirname, 'goflow2');
const PROGRAM = cachedAs('goflow2', SOURCES);

/** The version that is pinned, whether it is built or not. */
export const GOFLOW2_VERSION = /goflow2\/v2 v([\d.]+)/.exec(readFileSync(join(SOURCES, 'go.mod'), 'utf8'))?.[1];

/** The command, built once. */
export function goflow2Program(): string {
  buildGoOnce(PROGRAM, SOURCES, 'github.com/netsampler/goflow2/v2/cmd/goflow2');
  return PROGRAM;
}

export const goflow2: Program = {
  name: 'goflow2',
  version: () => (existsSync(PROGRAM) || versionIn('go', ['version'], /go([\d.]+)/) ? GOFLOW2_VERSION : undefined),
  run(stories, protocol) {
    return inFolder(async (folder) => {
      const ports = await freePorts();
      const file = join(folder, 'messages');
      // Several workers would decode data before the template that came first.
      const listen = `${protocol}://127.0.0.1:${ports.udp}?count=1&workers=1`;
      const options = ['-addr', `127.0.0.1:${ports.tcp}`, '-loglevel', 'error', '-transport.file', file];
      const child = start({ command: goflow2Program(), args: ['-listen', listen, ...options] });
      await until(child, () => udpPortOpen(ports.udp));
      const addresses = stories.map((_, index) => loopbackOf(index));
      const sources =
        protocol === 'sflow' ? stories.map((story, index) => fromAgent(story, addresses[index])) : stories;
      const sent = await send(sources, ports.udp);
      while ((await decoded(ports.tcp)) < sent) await Promise.race([sleep(50), child.failed]);
      await child.stop();
      return byExporter(readJsonLines(file), 'sampler_address', addresses);
    });
  },
};

/** Packets that it is done with. */
async function decoded(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^goflow2_flow_decoding_time_seconds_count.* (\S+)$/m.exec(metrics)?.[1] ?? 0);
}
