/** What nfcapd keeps, and of sFlow sfcapd, as JSON. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, start, until } from '../../bench/child.ts';
import { udpPortOpen } from '../../bench/proc.ts';
import type { Program } from '../figures.ts';
import { byExporter, inFolder, loopbackOf, MAX_OUTPUT, send, versionIn } from './program.ts';

const VERSION = /Version: ([\d.]+)/;

export const nfdump: Program = {
  name: 'nfdump',
  // Debian has sfcapd in a package of its own, of the same version.
  version: () => versionIn('sfcapd', ['-V'], VERSION) && versionIn('nfcapd', ['-V'], VERSION),
  run(stories, protocol) {
    return inFolder(async (folder) => {
      const { udp } = await freePorts();
      const args = ['-b', '127.0.0.1', '-p', String(udp), '-w', folder];
      const child = start({ command: protocol === 'sflow' ? 'sfcapd' : 'nfcapd', args });
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
