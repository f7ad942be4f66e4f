/** Reads template records of NetFlow v9 (RFC 3954 §5.2, §6.1) and IPFIX (RFC 7011 §3.4). */
import { type FieldSpecifier, Malformed, type Template, VARIABLE_LENGTH } from './packet.ts';

/** The usable templates of a template set's body. Those that can't be used are skipped, with all behind an overrun. */
export function readTemplates(body: Uint8Array, version: 9 | 10, options: boolean, maxFields: number): Template[] {
  const templates: Template[] = [];
  let rest = body;
  while (rest.length >= 4) {
    try {
      const { template, length } = readTemplate(rest, version, options);
      if (template && usable(template, version, maxFields)) templates.push(template);
      rest = rest.subarray(length);
    } catch (error) {
      if (error instanceof Malformed) break;
      throw error;
    }
  }
  return templates;
}

function readTemplate(bytes: Uint8Array, version: 9 | 10, options: boolean): { template?: Template; length: number } {
  const id = uint16(bytes, 0);
  let count = uint16(bytes, 2);
  let scopeCount: number | undefined;
  let offset = 4;
  if (version === 10 && count === 0) return { length: 4 }; // A withdrawal, to be ignored over UDP (RFC 7011 §8.4).
  if (options && version === 10) {
    scopeCount = uint16(bytes, 4);
    offset = 6;
  }
  if (options && version === 9) {
    const scopeLength = count;
    const optionLength = uint16(bytes, 4);
    offset = 6;
    if (scopeLength % 4 !== 0 || optionLength % 4 !== 0) {
      if (6 + scopeLength + optionLength > bytes.length) throw new Malformed('a template overruns its set');
      return { length: 6 + scopeLength + optionLength };
    }
    scopeCount = scopeLength / 4;
    count = scopeCount + optionLength / 4;
  }
  const fields: FieldSpecifier[] = [];
  for (let index = 0; index < count; index++) {
    const field = { pen: 0, id: uint16(bytes, offset), length: uint16(bytes, offset + 2) };
    offset += 4;
    if (version === 10 && field.id >= 0x8000) {
      field.id -= 0x8000;
      field.pen = uint16(bytes, offset) * 65_536 + uint16(bytes, offset + 2);
      offset += 4;
    }
    fields.push(field);
  }
  return { template: { id, scopeCount, fields }, length: offset };
}

function usable({ id, scopeCount, fields }: Template, version: 9 | 10, maxFields: number): boolean {
  if (id < 256 || fields.length > maxFields) return false;
  if (version === 10 && scopeCount !== undefined && (scopeCount === 0 || scopeCount > fields.length)) return false;
  return fields.some(({ length }) => length > 0);
}

/** The bytes that the shortest record of a template takes: a variable length takes at least one. */
export function minimumLength(template: Template): number {
  return template.fields.reduce((sum, { length }) => sum + (isVariable(length) ? 1 : length), 0);
}

export function isVariable(length: number): boolean {
  return length === VARIABLE_LENGTH;
}

export function sameTemplate(a: Template, b: Template): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function uint16(bytes: Uint8Array, offset: number): number {
  if (offset + 2 > bytes.length) throw new Malformed('a template overruns its set');
  return bytes[offset] * 256 + bytes[offset + 1];
}
