/**
 * pmacct's nfacctd, and of sFlow sfacctd, which add up what is alike in everything that they are asked for: all of what
 * they can take from packets.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exporterAddress, pcapOf } from '../../conformance/tshark/pcap.ts';
import type { PrintedRecord, Program } from '../figures.ts';
import { byExporter, fromAgent, inFolder, readJsonLines, versionIn } from './program.ts';

/** `nfacctd -a` lists them; left out is what is made of the time, of BGP or of maps. */
const PRIMITIVES = [
  ...['peer_src_ip', 'src_host', 'dst_host', 'src_mask', 'dst_mask', 'proto', 'tos', 'src_port', 'dst_port'],
  ...['tcpflags', 'src_mac', 'dst_mac', 'vlan', 'cos', 'etype', 'src_as', 'dst_as', 'peer_src_as', 'peer_dst_as'],
  ...['peer_dst_ip', 'in_iface', 'out_iface', 'sampling_rate', 'sampling_direction', 'class', 'vxlan', 'nat_event'],
  ...['post_nat_src_host', 'post_nat_dst_host', 'post_nat_src_port', 'post_nat_dst_port', 'mpls_label_top'],
  ...['mpls_label_bottom', 'mpls_stack_depth', 'mpls_vpn_rd', 'timestamp_start', 'timestamp_end', 'flows'],
];
const DAEMONS = { netflow: 'nfacctd', sflow: 'sfacctd' };
const PORT = 2055;

export const pmacct: Program = {
  name: 'pmacct',
  version: () => versionIn('nfacctd', ['-V'], /nfacctd ([\d.]+)/),
  weight: ({ flows }) => Number(flows ?? 1),
  run(stories, protocol) {
    return inFolder(async (folder) => {
      const [capture, configuration, output, counters] = ['capture', 'configuration', 'output', 'counters'].map(
        (name) => join(folder, name),
      );
      const addresses = stories.map((_, index) => exporterAddress(index));
      const isSflow = protocol === 'sflow';
      const sources = isSflow ? stories.map((story, index) => fromAgent(story, addresses[index])) : stories;
      writeFileSync(capture, pcapOf(sources, PORT));
      const daemon = DAEMONS[protocol];
      const settings = {
        daemonize: false,
        pcap_savefile: capture,
        // Its plugin has to be there by then.
        pcap_savefile_delay: 2,
        [`${daemon}_as`]: protocol,
        [`${daemon}_net`]: protocol,
        ...(isSflow ? { sfacctd_counter_file: counters, sfacctd_counter_output: 'json' } : { use_ip_next_hop: true }),
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
      execFileSync(daemon, ['-f', configuration], { stdio: 'ignore' });
      const records = [...readJsonLines(output), ...(isSflow ? counterSamples(readJsonLines(counters)) : [])];
      return byExporter(records, 'peer_ip_src', addresses);
    });
  },
};

/** A record for each counter sample, of which the log has a line for each structure. */
function counterSamples(lines: readonly PrintedRecord[]): PrintedRecord[] {
  const structures = lines.filter(({ event_type }) => event_type === 'log');
  const samples = Map.groupBy(
    structures,
    (line) => `${line.peer_ip_src} ${line.source_id_index} ${line.sflow_cnt_seq}`,
  );
  return Array.from(samples.values(), (sample): PrintedRecord => Object.assign({}, ...sample));
}
