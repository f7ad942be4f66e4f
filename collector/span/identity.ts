/** What the span of a packet says of who sent it: its source and, if known, the device behind that. */
import { Buffer } from 'node:buffer';
import { spanAttribute } from '../otlp/protobuf-writer.ts';
import { ipv4, ipv6 } from './plan/address.ts';

/** Longest IPv6 address, and what writing it may overwrite. */
const MAX_ADDRESS_TEXT = 48;

type Identity = { port: number; original: string | undefined; bytes: Uint8Array };

/** Encodes identities; keeps the last of each observation domain. */
export class Identities {
  readonly #byDomain = new WeakMap<object, Identity>();

  /**
   * Whole attributes. `original`: the address of the device behind the exporter, 4 or 16 bytes in hexadecimal digits.
   */
  of(domain: { exporter: { address: string; port: number } }, original: string | undefined): Uint8Array {
    const { address, port } = domain.exporter;
    const known = this.#byDomain.get(domain);
    if (known?.port === port && known.original === original) return known.bytes;
    const bytes = Uint8Array.from([
      ...spanAttribute('netflow.exporter.address', address),
      ...spanAttribute('netflow.exporter.port', port),
      ...(original ? spanAttribute('netflow.original_exporter.address', addressText(original)) : []),
    ]);
    this.#byDomain.set(domain, { port, original, bytes });
    return bytes;
  }
}

/** The address of a device, of 4 or 16 bytes in hexadecimal digits. */
export function addressText(hexadecimal: string): string {
  const address = Buffer.from(hexadecimal, 'hex');
  const bytes = Buffer.alloc(MAX_ADDRESS_TEXT);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = address.length === 4 ? ipv4(view, 0, address.readUInt32BE()) : ipv6(bytes, view, 0, address, 0);
  return bytes.toString('latin1', 0, end);
}
