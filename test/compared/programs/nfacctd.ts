/** pmacct's nfacctd, which adds up what is alike in everything that it is asked for: all of what it can take from packets. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exporterAddress, pcapOf } from '../../conformance/tshark/pcap.ts';
import type { Program } from '../figures.ts';
import { byExporter, inFolder, readJsonLines, versionIn } from './program.ts';

/** `nfacctd -a` lists them; left out is what it makes of the time, of BGP or of maps. */
const PRIMITIVES = [
  ...['peer_src_ip', 'src_host', 'dst_host', 'src_mask', 'dst_mask', 'proto', 'tos', 'src_port', 'dst_port'],
  ...['tcpflags', 'src_mac', 'dst_mac', 'vlan', 'cos', 'etype', 'src_as', 'dst_as', 'peer_src_as', 'peer_dst_as'],
  ...['peer_dst_ip', 'in_iface', 'out_iface', 'sampling_rate', 'sampling_direction', 'class', 'vxlan', 'nat_event'],
  ...['post_nat_src_host', 'post_nat_dst_host', 'post_nat_src_port', 'post_nat_dst_port', 'mpls_label_top'],
  ...['mpls_label_bottom', 'mpls_stack_depth', 'mpls_vpn_rd', 'timestamp_start', 'timestamp_end', 'flows'],
];
const PORT = 2055;

export const nfacctd: Program = {
  name: 'nfacctd',
  version: () => versionIn('nfacctd', ['-V'], /nfacctd ([\d.]+)/),
  weight: ({ flows }) => Number(flows ?? 1),
  run(stories) {
    return inFolder(async (folder) => {
      const [capture, configuration, output] = ['capture', 'configuration', 'output'].map((name) => join(folder, name));
      writeFileSync(capture, pcapOf(stories, PORT));
      const settings = {
        daemonize: false,
        pcap_savefile: capture,
        // Its plugin has to be there by then.
        pcap_savefile_delay: 2,
        nfacctd_as: 'netflow',
        nfacctd_net: 'netflow',
        use_ip_next_hop: true,
        plugins: 'print[all]',
        'aggregate[all]': PRIMITIVES.join(', '),
        'print_output[all]': 'json',
        'print_output_file[all]': output,
        'print_refresh_time[all]': 3_600,
        'plugin_pipe_size[all]': 256 * 2 ** 20,
      };
      writeFileSync(
        configuration,
        Object.entries(settings)
          .map(([key, value]) => `${key}: ${value}\n`)
          .join(''),
      );
      execFileSync('nfacctd', ['-f', configuration], { stdio: 'ignore' });
      return byExporter(
        readJsonLines(output),
        'peer_ip_src',
        stories.map((_, index) => exporterAddress(index)),
      );
    });
  },
};
