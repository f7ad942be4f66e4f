/** Messages of devices that sample. */

export type SampleField = { pen?: number; id: number; length?: number; hex: string };

const u16 = (value: number) => value.toString(16).padStart(4, '0');
const u32 = (value: number) => value.toString(16).padStart(8, '0');

/** An IPFIX message of a template and one record of it; a field is of variable length unless its length is told. */
export function messageOf(fields: readonly SampleField[]): Buffer {
  const specifiers = fields.map(
    ({ pen, id, length = 65_535 }) => u16(pen ? id | 0x8000 : id) + u16(length) + (pen ? u32(pen) : ''),
  );
  const values = fields.map(({ length, hex }) => (length === undefined ? `ff${u16(hex.length / 2)}` : '') + hex);
  const template = u16(256) + u16(fields.length) + specifiers.join('');
  const record = values.join('');
  const sets = [u16(2) + u16(4 + template.length / 2) + template, u16(256) + u16(4 + record.length / 2) + record].join(
    '',
  );
  return Buffer.from(u16(10) + u16(16 + sets.length / 2) + u32(1_767_323_045) + u32(0) + u32(7) + sets, 'hex');
}

/** A packet as a section of variable length: 315 with Ethernet, 313 from IP on. */
export function sampleOf(packet: Uint8Array, element: number): Buffer {
  return messageOf([{ id: element, hex: Buffer.from(packet).toString('hex') }]);
}
