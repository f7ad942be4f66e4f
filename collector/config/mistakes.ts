/** What the schema says about a configuration → sentences for people. */

import * as z from 'zod';
import { collectorConfig } from '../../crds/collector-config.ts';
import { clip } from '../../crds/common/text.ts';
import { formatPath, type Mistake, type Path, valueAt } from './setting.ts';
import { nearest } from './suggest.ts';

const TYPES: Record<string, string> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a mapping',
  record: 'must be a mapping',
};

/** How much of an unexpected text is shown. */
const MAX_SHOWN = 61;

/**
 * Phrases an issue so that it can follow the value found: `70000` `is too big, at most 65535`. To be given to the
 * schema's parse; messages that the schema states itself stay.
 */
export function phrase(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[asksForWhole(issue) ? 'int' : issue.expected];
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'too_big':
      return `${issue.origin === 'array' ? 'has too many entries' : 'is too big'}, at most ${issue.maximum}`;
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      return `${issue.origin === 'array' ? 'has too few entries' : 'is too small'}, at least ${issue.minimum}`;
    default:
      return undefined;
  }
}

/** zod says of text in place of a whole number that a number is expected. */
function asksForWhole({ inst }: z.core.$ZodRawIssue): boolean {
  const def = inst?._zod.def;
  return def !== undefined && 'format' in def && def.format === 'safeint';
}

/** The mistakes that a failed parse of `input` found; `source` tells who set what stands at a path. */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  source: (path: Path) => string | undefined,
): Mistake[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => mistakeAt([...issue.path, key], unknownKey(issue.path, key)));
    }
    if (issue.code === 'invalid_key') return [mistakeAt(issue.path, issue.issues[0].message)];
    const value = valueAt(input, issue.path);
    // A rule of the schema's own is about what is in a mapping or list, or about an entry of one.
    const isOfRule = issue.code === 'custom' && (typeof value === 'object' || issue.params?.entry === true);
    const found = isOfRule ? '' : show(issue.path, value);
    return [mistakeAt(issue.path, `${found}${issue.message}`)];
  });

  function mistakeAt(path: Path, what: string): Mistake {
    const from = source(path);
    return { where: formatPath(path) || 'the configuration', what: from ? `${what} (from ${from})` : what };
  }
}

function show(path: Path, value: unknown): string {
  if (value === undefined || path.includes('headers')) return '';
  if (value === null) return 'is left empty, but ';
  if (typeof value === 'object') return Array.isArray(value) ? 'a list ' : 'a mapping ';
  return `${clip(JSON.stringify(value), MAX_SHOWN)} `;
}

type JsonSchema = { properties?: Record<string, JsonSchema>; items?: JsonSchema };

function unknownKey(path: Path, key: string): string {
  const root = z.toJSONSchema(collectorConfig, { io: 'input' }) as JsonSchema;
  const here = path.reduce<JsonSchema | undefined>(
    (schema, step) => (typeof step === 'number' ? schema?.items : schema?.properties?.[String(step)]),
    root,
  );
  const siblings = Object.keys(here?.properties ?? {});
  const near = nearest(key, siblings) ?? allFields(root).find((field) => field.split('.').at(-1) === key);
  return `unknown key${near ? `; did you mean ${near}?` : `; known here: ${siblings.join(', ')}`}`;
}

function allFields({ properties = {}, items }: JsonSchema, prefix = ''): string[] {
  if (items?.properties) return allFields(items, `${prefix.slice(0, -1)}[].`);
  return Object.entries(properties).flatMap(([key, schema]) => {
    const inner = allFields(schema, `${prefix}${key}.`);
    return inner.length > 0 ? inner : [`${prefix}${key}`];
  });
}
