/** What generators of documents share: JSON Schema as zod writes it, tables as Biome lays them out, --check. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { DURATION, SIZE } from '../quantity.ts';
import type { CEL_RULES, CelRule } from '../rule.ts';

/** The part of JSON Schema that zod writes for our schemas. */
export type JsonSchema = {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  [CEL_RULES]?: CelRule[];
};

/** A row for each field: its path, its type, its default, and what it means. */
export function fieldTable(schema: JsonSchema): string {
  return markdownTable(['field', 'type', 'default', 'meaning'], rows(schema, '', false));
}

function rows(schema: JsonSchema, path: string, required: boolean): string[][] {
  if (schema.properties) {
    const prefix = path === '' ? '' : `${path}.`;
    return Object.entries(schema.properties).flatMap(([name, field]) =>
      rows(field, prefix + name, schema.required?.includes(name) ?? false),
    );
  }
  if (schema.items?.properties) return rows(schema.items, `${path}[]`, false);
  const value = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('"', '')}\``;
  return [[`\`${path}\``, typeOf(schema), required ? 'required' : value, schema.description ?? '']];
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const) return `\`${schema.const}\``;
  if (schema.pattern === DURATION.source) return 'duration';
  if (schema.anyOf?.some(({ pattern }) => pattern === SIZE.source)) return 'size';
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.type === 'integer')
    return `${schema.minimum}–${schema.maximum! < Number.MAX_SAFE_INTEGER ? schema.maximum : '…'}`;
  if (schema.type === 'number') return 'number';
  if (schema.type === 'object') return 'mapping of text to text';
  return schema.type === 'boolean' ? '`true`, `false`' : 'text';
}

/** A table as Biome lays it out. */
export function markdownTable(head: string[], body: string[][]): string {
  const all = [head, ...body].map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column].length)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |\n`;
  const [first, ...rest] = all.map(line);
  return first + line(widths.map((width) => '-'.repeat(width))) + rest.join('');
}

/** Writes a generated file; with --check it writes nothing, and the process fails when the file is stale. */
export function writeOrCheck(path: string, text: string): void {
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`${relative('.', path)} is stale: run "npm run generate" and commit the result`);
    process.exitCode = 1;
  }
}
