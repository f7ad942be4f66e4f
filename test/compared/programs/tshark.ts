/** Wireshark's dissector, which shows every field, those that it does not know without a name. */
import { dissect, dissectSflow } from '../../conformance/tshark/dissect.ts';
import type { Program } from '../figures.ts';
import { versionIn } from './program.ts';

/** A field that it does not know, and all bytes of a sampled header. */
const UNNAMED = ['cflow.enterprise_private_entry', 'sflow_245.header'];

export const tshark: Program = {
  name: 'tshark',
  version: () => versionIn('tshark', ['--version'], /TShark \(Wireshark\) ([\d.]+)/),
  async run(stories, protocol) {
    const exporters =
      protocol === 'sflow'
        ? dissectSflow(stories)
        : dissect(stories).map((packets) => packets.map((records) => (records ?? []).map(({ fields }) => fields)));
    return exporters.map((packets) =>
      packets.flat().map((fields) => Object.fromEntries([...fields].filter(([name]) => !UNNAMED.includes(name)))),
    );
  },
};
