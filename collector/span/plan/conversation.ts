/**
 * The trace of a conversation: its id is a hash, so that both directions come to the same one, whatever exporter saw
 * them and whatever collector took them. docs/spans.md defines it, as version 1, which is the hash's seed: another
 * definition must be another version. Bench: test/bench/encode.ts.
 */
import { PORT_ATTRIBUTES } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import { placeOf } from './ends.ts';
import type { FieldSet } from './fieldset.ts';
import { portOf } from './ports.ts';
import { IS_ICMP } from './protocol.ts';

const VERSION = 1;
/**
 * What a trace holds by the ends of its flows: longer than devices' active timeouts, at most half an hour unless set.
 */
const BUCKET_MS = 3_600_000;
/** Reserved by IANA: of flows whose protocol is not known. */
const NO_PROTOCOL = 255;
const MAX_PORT = 65_535;
/** Of the input, in bytes: two addresses, two ports, protocol, bucket. */
const LENGTH = 48;

/** Whether records tell of an end, so that there is a conversation. */
export function hasConversation(fields: FieldSet): boolean {
  return placeOf(fields, 0) !== undefined || placeOf(fields, 1) !== undefined;
}

/** Writes the trace id at `b + at`. The protocol is in `t`, in `f` when the flow ended, in Unix milliseconds. */
export function emitConversation(code: PlanCode, fields: FieldSet, at: number): void {
  const [source, destination] = [0, 1].map((end) => placeOf(fields, end) ?? { at: '0', length: '0' });
  const ports = PORT_ATTRIBUTES.map((attribute) => portOf(fields, attribute)?.value ?? '0');
  code.line(`x = ${ports[0]}; n = ${ports[1]}; if (${IS_ICMP}) x = n = 0;`);
  code.line(
    `r.writeConversation(w, b + ${at}, v, ${source.at}, ${source.length}, ${destination.at}, ${destination.length}, x, n, t, f);`,
  );
}

/** Writes the 16 bytes of the id at `p`. An address has 4 or 16 bytes in `v`, or none where it is not known. */
export function writeConversation(
  w: DataView,
  p: number,
  v: DataView,
  source: number,
  sourceLength: number,
  destination: number,
  destinationLength: number,
  sourcePort: number,
  destinationPort: number,
  protocol: number,
  endMs: number,
): void {
  let a0 = addressWord(v, source, sourceLength, 0);
  let a1 = addressWord(v, source, sourceLength, 1);
  let a2 = addressWord(v, source, sourceLength, 2);
  let a3 = addressWord(v, source, sourceLength, 3);
  let b0 = addressWord(v, destination, destinationLength, 0);
  let b1 = addressWord(v, destination, destinationLength, 1);
  let b2 = addressWord(v, destination, destinationLength, 2);
  let b3 = addressWord(v, destination, destinationLength, 3);
  let low = sourcePort > MAX_PORT ? 0 : sourcePort;
  let high = destinationPort > MAX_PORT ? 0 : destinationPort;
  if ((a0 - b0 || a1 - b1 || a2 - b2 || a3 - b3 || low - high) > 0) {
    [a0, b0] = [b0, a0];
    [a1, b1] = [b1, a1];
    [a2, b2] = [b2, a2];
    [a3, b3] = [b3, a3];
    [low, high] = [high, low];
  }
  state.fill(VERSION);
  mixBlock(swapped(a0), swapped(a1), swapped(a2), swapped(a3));
  mixBlock(swapped(b0), swapped(b1), swapped(b2), swapped(b3));
  mixBlock(
    low | (high << 16),
    protocol >= 0 && protocol < NO_PROTOCOL ? protocol : NO_PROTOCOL,
    Math.floor(endMs / BUCKET_MS),
    0,
  );
  finish();
  for (let word = 0; word < 4; word++) w.setInt32(p + 4 * word, state[word], true);
  // No id is all zeros.
  if ((state[0] | state[1] | state[2] | state[3]) === 0) w.setUint8(p + 15, 1);
}

/** A big-endian word of an address as IPv6 has it: IPv4 mapped, `::` for one that is not known. */
function addressWord(v: DataView, at: number, length: number, index: number): number {
  if (length === 16) return v.getUint32(at + 4 * index);
  if (length === 0 || index < 2) return 0;
  return index === 2 ? 0xffff : v.getUint32(at);
}

function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** MurmurHash3_x86_128, whose input has whole blocks here. */
const state = new Int32Array(4);

function mixBlock(k1: number, k2: number, k3: number, k4: number): void {
  let [h1, h2, h3, h4] = [state[0], state[1], state[2], state[3]];
  h1 ^= Math.imul(rotated(Math.imul(k1, 0x239b961b), 15), 0xab0e9789);
  h1 = (Math.imul((rotated(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
  h2 ^= Math.imul(rotated(Math.imul(k2, 0xab0e9789), 16), 0x38b34ae5);
  h2 = (Math.imul((rotated(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
  h3 ^= Math.imul(rotated(Math.imul(k3, 0x38b34ae5), 17), 0xa1e38b93);
  h3 = (Math.imul((rotated(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
  h4 ^= Math.imul(rotated(Math.imul(k4, 0xa1e38b93), 18), 0x239b961b);
  h4 = (Math.imul((rotated(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  state[0] = h1;
  state[1] = h2;
  state[2] = h3;
  state[3] = h4;
}

function finish(): void {
  for (let word = 0; word < 4; word++) state[word] ^= LENGTH;
  spread();
  for (let word = 0; word < 4; word++) state[word] = finalized(state[word]);
  spread();
}

function spread(): void {
  state[0] += state[1] + state[2] + state[3];
  state[1] += state[0];
  state[2] += state[0];
  state[3] += state[0];
}

function finalized(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
