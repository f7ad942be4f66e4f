/** Runs TShark, once, on the packets of all captures, and finds the records in what Wireshark's dissector prints. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pcapOf } from './pcap.ts';

/** A data record: its fields by TShark's names, several values of one name in their order. */
export type Dissected = { options: boolean; fields: Map<string, string[]> };

type Tree = { [label: string]: string | Tree | (string | Tree)[] };

const PORT = 2055;
const SFLOW_PORT = 6343;
/** What TShark prints of all captures is more than Node lets a child print. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** Why TShark can't be run here, and what to do about it; undefined when it can. */
export function missingTshark(): string | undefined {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs tshark: apt-get install tshark';
  }
}

/**
 * The records of each packet of each exporter; undefined for a packet that TShark does not take for one. Exporters get
 * addresses of their own, so that each has its own templates. Two passes let data be read that come before their
 * template; the second reads all data of an id by the last template of that id.
 */
export function dissect(exporters: readonly (readonly Uint8Array[])[]): (Dissected[] | undefined)[][] {
  return layersOf(exporters, PORT, 'cflow').map((packets) => {
    const optionsTemplates = new Set<string>();
    return packets.map((packet) => packet && recordsOf(packet, optionsTemplates));
  });
}

/** The fields of each sample of each datagram of sFlow of each agent. */
export function dissectSflow(agents: readonly (readonly Uint8Array[])[]): Dissected['fields'][][][] {
  return layersOf(agents, SFLOW_PORT, 'sflow').map((packets) =>
    packets.map((packet) => {
      const samples = Object.entries(packet ?? {}).filter(([label]) => / sample, seq \d+$/.test(label));
      return samples.flatMap(([, sample]) => [sample].flat().map(flatten));
    }),
  );
}

/** What TShark makes of the layer of a protocol in each packet of each exporter; undefined where there is none. */
function layersOf(
  exporters: readonly (readonly Uint8Array[])[],
  port: number,
  protocol: string,
): (Tree | undefined)[][] {
  const folder = mkdtempSync(join(tmpdir(), 'tshark-'));
  try {
    const file = join(folder, 'captures.pcap');
    writeFileSync(file, pcapOf(exporters, port));
    const as = ['-d', `udp.port==${port},${protocol}`];
    const args = ['-2', '-r', file, ...as, '-T', 'json', '--no-duplicate-keys', '-J', protocol];
    const output = execFileSync('tshark', args, { maxBuffer: MAX_OUTPUT, stdio: ['ignore', 'pipe', 'ignore'] });
    const packets: { _source: { layers: Record<string, Tree | undefined> } }[] = JSON.parse(output.toString());
    const next = packets.values();
    return exporters.map((datagrams) => datagrams.map(() => next.next().value!._source.layers[protocol]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Enters the ids of options templates, with their domain, in `optionsTemplates`, and takes away those of others. */
function recordsOf(packet: Tree, optionsTemplates: Set<string>): Dissected[] {
  const domain = packet['cflow.source_id'] ?? packet['cflow.od_id'];
  const records: Dissected[] = [];
  for (const [label, set] of Object.entries(packet)) {
    if (/^pdu /.test(label)) records.push({ options: false, fields: flatten(set) });
    if (typeof set !== 'object' || Array.isArray(set)) continue;
    const options = optionsTemplates.has(`${domain} ${set['cflow.flowset_id']}`);
    for (const [name, content] of Object.entries(set)) {
      const template = /^(Options )?Template \(Id = (\d+)/.exec(name);
      if (template?.[1]) optionsTemplates.add(`${domain} ${template[2]}`);
      else if (template) optionsTemplates.delete(`${domain} ${template[2]}`);
      else if (/^Flow \d+$/.test(name)) records.push({ options, fields: flatten(content) });
    }
  }
  return records;
}

/** The leaves of a record, whatever they stand under. */
function flatten(record: Tree[string]): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  const add = (name: string, value: Tree[string]): void => {
    // What stands below a field that comes several times, and is nothing below some of them.
    if (value === '' && name.endsWith('_tree')) return;
    if (typeof value === 'string') fields.set(name, [...(fields.get(name) ?? []), value]);
    else if (Array.isArray(value)) for (const one of value) add(name, one);
    else for (const [inner, content] of Object.entries(value)) add(inner, content);
  };
  add('', record);
  return fields;
}
