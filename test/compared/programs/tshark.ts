/** Wireshark's dissector, which shows every field, those that it does not know without a name. */
import { dissect } from '../../conformance/tshark/dissect.ts';
import type { Program } from '../figures.ts';
import { versionIn } from './program.ts';

/** A field that it does not know. */
const UNNAMED = 'cflow.enterprise_private_entry';

export const tshark: Program = {
  name: 'tshark',
  version: () => versionIn('tshark', ['--version'], /TShark \(Wireshark\) ([\d.]+)/),
  async run(stories) {
    return dissect(stories).map((packets) =>
      packets.flatMap((records) =>
        (records ?? []).map(({ fields }) => Object.fromEntries([...fields].filter(([name]) => name !== UNNAMED))),
      ),
    );
  },
};
