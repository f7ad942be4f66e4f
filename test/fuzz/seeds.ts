/**
 * The first inputs: packets of captures, each after the packets that bring its templates; cases, whole; and made-up
 * traffic.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FRAMES } from '../../collector/dissect/frames.fixture.ts';
import { listCaptures, readCapture } from '../../collector/replay/captures.ts';
import {
  counterSample,
  datagram,
  discardedPacket,
  expandedFlowSample,
  flowSample,
  rawHeader,
  record,
  u32,
} from '../../collector/sflow/datagram.fixture.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { START_MS } from './elements.ts';
import { decodeInput, type Input } from './input.ts';
import { parseMessage, setKind, versionOf } from './message.ts';
import { templatesOf } from './mutate-message.ts';
import { PROFILES } from './profiles.ts';

/** Packets of one capture that become inputs. */
const MAX_PER_CAPTURE = 40;
/** Packets of one case: its first, with the templates, and as many of its last, of flows. */
const MAX_PER_CASE = 8;

/** Inputs that together reach all that was ever reached, and inputs that once broke a rule. */
export const CORPUS = join(import.meta.dirname, 'corpus');
export const REGRESSIONS = join(import.meta.dirname, 'corpus/regressions');
/** Packets of real exporters. */
export const CAPTURES = join(import.meta.dirname, '../captures');
const CASES = join(import.meta.dirname, '../cases');

/** The inputs in a folder of them, by name. */
export function readCorpus(folder: string): { name: string; input: Input }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.bin'))
    .sort()
    .map((name) => ({ name, input: decodeInput(readFileSync(join(folder, name))) }));
}

/** Inputs from capture files and folders. */
export function captureSeeds(paths: readonly string[]): Input[] {
  const bySource = new Map<string, Uint8Array[]>();
  for (const file of listCaptures(paths)) {
    for (const { payload, source } of readCapture(file).packets.slice(0, MAX_PER_CAPTURE)) {
      bySource.set(source, [...(bySource.get(source) ?? []), payload]);
    }
  }
  return [...bySource.values()].flatMap((packets, source) => withTemplates(packets, source % 48));
}

/**
 * Inputs from what collectors easily get wrong: options data and the flows that they are about, several headers, fields
 * of variable length, odd times. Each is read in two ways.
 */
export function caseSeeds(): Input[] {
  const files = readdirSync(CASES).filter((name) => name.endsWith('.hex'));
  return files.flatMap((file, index) => {
    const lines = readFileSync(join(CASES, file), 'latin1').trim().split(/\s+/);
    const chosen = lines.filter((_, at) => at < MAX_PER_CASE / 2 || at >= lines.length - MAX_PER_CASE / 2);
    const datagrams = chosen.map((line) => ({ source: index, pause: 0, bytes: Buffer.from(line, 'hex') }));
    return [0, 1 + (index % (PROFILES.length - 1))].map((profile) => ({ profile, datagrams }));
  });
}

/** Datagrams of sFlow with every structure, made of the frames of all kinds. */
export function sflowSeeds(): Input[] {
  const frames = FRAMES.map(({ hex }) => rawHeader(hex));
  const structures = Array.from({ length: 42 }, (_, index) => record(1_001 + index, u32(1, 2, 3, 4).repeat(4)));
  const headers = [record(2, u32(0, 0, 0, 0, 0, 0)), record(3, u32(1).repeat(8)), record(4, u32(1).repeat(14))];
  const samples = [
    ...frames.map((frame) => flowSample([frame])),
    ...headers.map((header) => expandedFlowSample([header])),
    ...structures.map((structure) => expandedFlowSample([frames[0], structure])),
    discardedPacket([frames[0]]),
    counterSample([record(1, u32(0).repeat(22))]),
  ];
  return samples.map((sample, index) => {
    return { profile: index, datagrams: [{ source: index % 48, pause: 0, bytes: datagram([sample]) }] };
  });
}

/** Inputs of the packet generator. */
export function generatedSeeds(): Input[] {
  const packets = ([5, 9, 10] as const).flatMap((version) =>
    ([4, 6] as const)
      .filter((family) => version !== 5 || family === 4)
      .flatMap((family) =>
        buildTraffic({ version, family, exporters: 1, packets: 1, records: 3, options: version !== 5, now: START_MS }),
      ),
  );
  return withTemplates(
    packets.map(({ bytes }) => bytes),
    1,
  );
}

/** An input for each packet: those before it that hold the templates of its data, and the packet. */
function withTemplates(packets: readonly Uint8Array[], source: number): Input[] {
  const holders = new Map<string, Uint8Array>();
  return packets.map((bytes) => {
    const message = parseMessage(bytes);
    const before = new Set<Uint8Array>();
    if (message) {
      const version = versionOf(message);
      for (const { id } of templatesOf(message)) holders.set(`${version} ${id}`, bytes);
      for (const { id } of message.sets) {
        const holder = setKind(version, id) === 'data' ? holders.get(`${version} ${id}`) : undefined;
        if (holder && holder !== bytes) before.add(holder);
      }
    }
    const datagrams = [...before, bytes].map((part) => ({ source, pause: 0, bytes: part }));
    return { profile: 0, datagrams };
  });
}
