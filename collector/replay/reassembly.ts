/** Puts the fragments of IP packets together (RFC 791 §3.2, RFC 8200 §4.5). */
import { LAYER, type Layers } from '../dissect/layers.ts';

/** Packets whose fragments are waited for; of more, the oldest are given up. */
const MAX_WAITING = 1_024;
const MAX_PACKET = 65_535;
const IPV6_HEADER = 40;

type Waiting = {
  /** The header of the packet once it is whole. */
  header: Buffer;
  parts: { offset: number; data: Buffer }[];
  /** Bytes that it carries; undefined until the last fragment has come. */
  length: number | undefined;
};

export class Reassembler {
  readonly #waiting = new Map<string, Waiting>();
  #givenUp = 0;

  /** Fragments of packets that are not whole. */
  get fragments(): number {
    let count = this.#givenUp;
    for (const { parts } of this.#waiting.values()) count += parts.length;
    return count;
  }

  /** Takes the fragment that was found in a frame. Returns the packet if it is whole now; undefined while it is not. */
  take(frame: Buffer, layers: Layers): Buffer | 'malformed' | 'cut off' | undefined {
    const at = layers.starts[layers.fragment];
    const data = frame.subarray(layers.fragmentData, layers.end);
    const isIpv4 = layers.kinds[layers.fragment] === LAYER.ipv4;
    const field = isIpv4 ? frame.readUInt16BE(at + 6) : frame.readUInt16BE(layers.fragmentData - 6);
    const packetEnd = isIpv4 ? at + frame.readUInt16BE(at + 2) : at + IPV6_HEADER + frame.readUInt16BE(at + 4);
    if (packetEnd > frame.length) return 'cut off';
    const offset = isIpv4 ? (field & 0x1fff) * 8 : field & 0xfff8;
    const isLast = (field & (isIpv4 ? 0x2000 : 1)) === 0;
    if (data.length === 0 || offset + data.length > MAX_PACKET || (!isLast && data.length % 8 !== 0))
      return 'malformed';
    const protocol = layers.protocols[layers.fragment];
    const key = isIpv4
      ? `${frame.toString('hex', at + 12, at + 20)} ${protocol} ${frame.readUInt16BE(at + 4)}`
      : `${frame.toString('hex', at + 8, at + 40)} ${frame.readUInt32BE(layers.fragmentData - 4)}`;
    let waiting = this.#waiting.get(key);
    if (!waiting) {
      this.#makeRoom();
      waiting = { header: headerOf(frame, at, isIpv4, protocol), parts: [], length: undefined };
      this.#waiting.set(key, waiting);
    }
    // A packet that was captured twice has its fragments twice.
    if (!waiting.parts.some((part) => part.offset === offset)) waiting.parts.push({ offset, data });
    if (isLast) waiting.length = offset + data.length;
    const whole = join(waiting);
    if (whole) this.#waiting.delete(key);
    return whole;
  }

  #makeRoom(): void {
    if (this.#waiting.size < MAX_WAITING) return;
    const [oldest, { parts }] = this.#waiting.entries().next().value!;
    this.#givenUp += parts.length;
    this.#waiting.delete(oldest);
  }
}

/** The header without what makes it a fragment's; without options and other extension headers. */
function headerOf(frame: Buffer, at: number, isIpv4: boolean, protocol: number): Buffer {
  const header = Buffer.from(frame.subarray(at, at + (isIpv4 ? 20 : IPV6_HEADER)));
  if (isIpv4) {
    header[0] = 0x45;
    header.writeUInt16BE(0, 6);
  } else {
    header[6] = protocol;
  }
  return header;
}

function join({ header, parts, length }: Waiting): Buffer | undefined {
  if (length === undefined) return undefined;
  parts.sort((a, b) => a.offset - b.offset);
  let covered = 0;
  for (const { offset, data } of parts) {
    if (offset > covered) return undefined;
    covered = Math.max(covered, offset + data.length);
  }
  if (covered < length) return undefined;
  const data = Buffer.alloc(length);
  for (const part of parts) part.data.copy(data, part.offset);
  const packet = Buffer.concat([header, data]);
  // What does not fit into the length is said by none: it ends with the packet.
  if (header.length === IPV6_HEADER) packet.writeUInt16BE(length & 0xffff, 4);
  else packet.writeUInt16BE(packet.length > MAX_PACKET ? 0 : packet.length, 2);
  return packet;
}
