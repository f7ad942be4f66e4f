import { CEL_RULES } from '../rule.ts';
import type { JsonSchema } from './document.ts';

/** A structural schema of Kubernetes (apiextensions v1, JSONSchemaProps): the part that ours need. */
export type StructuralSchema = {
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  [extension: `x-kubernetes-${string}`]: unknown;
};

const KEPT = [
  'description',
  'format',
  'default',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  CEL_RULES,
] as const;

/**
 * Turns JSON Schema as zod writes it into a schema that the API server accepts. Throws when something has no
 * description, or no bound: without bounds on lists, mappings and texts, the API server's estimate of the rules' cost
 * refuses them.
 */
export function toStructural(schema: JsonSchema, path = ''): StructuralSchema {
  const converted = convert(schema, path);
  if (converted.default === undefined) return converted;
  return { ...converted, default: complete(converted.default, converted) };
}

function convert(schema: JsonSchema, path: string): StructuralSchema {
  const kept = Object.fromEntries(
    KEPT.flatMap((key) =>
      (schema as Record<string, unknown>)[key] === undefined ? [] : [[key, (schema as Record<string, unknown>)[key]]],
    ),
  ) as StructuralSchema;
  const fail = (what: string): never => {
    throw new Error(`${path || 'the schema'}: ${what}`);
  };
  if (!schema.description && path !== '' && !path.endsWith('[]') && !path.endsWith('{}')) fail('needs a description');

  if (schema.anyOf) {
    const types = schema.anyOf.map(({ type }) => type).sort();
    if (String(types) !== 'integer,string' || !schema[CEL_RULES])
      fail('only integer or text may be mixed, with a rule');
    return { ...kept, 'x-kubernetes-int-or-string': true };
  }
  if (schema.pattern !== undefined && schema.format === undefined && !schema[CEL_RULES])
    fail('has a pattern but no rule with a message');

  switch (schema.type) {
    case 'object':
      return { ...kept, type: 'object', ...members(schema, path, fail) };
    case 'array':
      if (schema.maxItems === undefined) fail('needs maxItems');
      return { ...kept, type: 'array', items: toStructural(schema.items!, `${path}[]`) };
    case 'string':
      if (schema.maxLength === undefined && !schema.enum && !schema.format) fail('needs maxLength');
      return { ...kept, type: 'string' };
    case 'integer':
      return { ...kept, ...integer(schema), type: 'integer' };
    case 'number':
    case 'boolean':
      return { ...kept, type: schema.type };
    default:
      return fail(`has the type ${schema.type}`);
  }
}

/** The value as the API server completes it: it wants defaults to be complete before rules see them. */
function complete(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => complete(item, schema.items!));
  if (typeof value !== 'object' || value === null || !schema.properties) return value;
  const given = value as Record<string, unknown>;
  const entries = Object.entries(schema.properties).flatMap(([name, field]) => {
    const content = given[name] ?? field.default;
    return content === undefined ? [] : [[name, complete(content, field)] as const];
  });
  return Object.fromEntries(entries);
}

function members(schema: JsonSchema, path: string, fail: (what: string) => never): StructuralSchema {
  if (schema.properties) {
    const properties = Object.entries(schema.properties).map(
      ([name, field]) => [name, toStructural(field, path === '' ? name : `${path}.${name}`)] as const,
    );
    return { properties: Object.fromEntries(properties), ...(schema.required && { required: schema.required }) };
  }
  if (typeof schema.additionalProperties !== 'object') fail('is a mapping of anything');
  if (schema.maxProperties === undefined) fail('needs maxProperties');
  return { additionalProperties: toStructural(schema.additionalProperties as JsonSchema, `${path}{}`) };
}

/** Bounds that only state what a double can hold are dropped; the format states it. */
function integer({ minimum, maximum }: JsonSchema): StructuralSchema {
  const max = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const min = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  return { minimum: min, maximum: max, format: max !== undefined && max < 2 ** 31 ? 'int32' : 'int64' };
}
