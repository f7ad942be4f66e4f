/** What nfcapd keeps, as JSON. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, start, until } from '../../bench/child.ts';
import { udpPortOpen } from '../../bench/proc.ts';
import type { Program } from '../figures.ts';
import { byExporter, inFolder, loopbackOf, MAX_OUTPUT, send, versionIn } from './program.ts';

export const nfdump: Program = {
  name: 'nfdump',
  version: () => versionIn('nfcapd', ['-V'], /Version: ([\d.]+)/),
  run(stories) {
    return inFolder(async (folder) => {
      const { udp } = await freePorts();
      const args = ['-b', '127.0.0.1', '-p', String(udp), '-w', folder];
      const child = start({ command: 'nfcapd', args });
      await until(child, () => udpPortOpen(udp));
      await send(stories, udp);
      await child.stop();
      const [file] = readdirSync(folder);
      const output = execFileSync('nfdump', ['-q', '-r', join(folder, file), '-o', 'json'], { maxBuffer: MAX_OUTPUT });
      return byExporter(
        JSON.parse(`[${output}]`),
        'ip4_router',
        stories.map((_, index) => loopbackOf(index)),
      );
    });
  },
};
