import * as z from 'zod';

/** A rule in CEL, as a CustomResourceDefinition holds it (KEP-2876). */
export type CelRule = { rule: string; message: string; fieldPath?: string };

/** The keyword of a CustomResourceDefinition's schema that holds CEL rules. */
export const CEL_RULES = 'x-kubernetes-validations';

/**
 * One rule, said twice: for those who parse with zod, and in CEL for the API server. Both must come to the same; the
 * differential test of the CRD compares the two. The message says what to write.
 */
export type Rule<T> = {
  cel: string;
  message: string;
  /** The field below this one that is to be changed. */
  path?: readonly string[];
} & (
  | { check(value: T): boolean }
  /**
   * For a rule about each entry: where below `path` the entries are that break it. The API server can only name `path`.
   */
  | { wrongEntries(value: T): readonly (readonly PropertyKey[])[] }
);

/**
 * The schema with rules that concern more than one field, or that JSON Schema can't express. As on the API server, they
 * are checked once everything within the value is right. `params.entry` of an issue says that it is about an entry of a
 * mapping, and not about the value that it has.
 */
export function withRules<S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S {
  const checked = schema.superRefine((value, context) => {
    if (context.issues.length > 0) return;
    for (const rule of rules) {
      const { message, path = [] } = rule;
      if ('check' in rule) {
        if (!rule.check(value)) context.addIssue({ code: 'custom', message, path: [...path] });
        continue;
      }
      for (const entry of rule.wrongEntries(value)) {
        context.addIssue({ code: 'custom', message, path: [...path, ...entry], params: { entry: true } });
      }
    }
  });
  return rules.reduce<S>((all, { cel, message, path }) => {
    const fieldPath = path?.map((key) => `.${key}`).join('');
    return withCel(all, { rule: cel, message, ...(fieldPath && { fieldPath }) });
  }, checked);
}

/** The schema with a rule for the API server that zod has checked in its own way. */
export function withCel<S extends z.ZodType>(schema: S, rule: CelRule): S {
  const before = (schema.meta()?.[CEL_RULES] ?? []) as CelRule[];
  return schema.meta({ ...schema.meta(), [CEL_RULES]: [...before, rule] });
}

/** Text of at most `max` characters that matches, which `message` is about; the pattern must mean the same in RE2. */
export function text(pattern: RegExp, max: number, message: string): z.ZodString {
  const schema = z.string().max(max, { abort: true }).regex(pattern, message);
  return withCel(schema, { rule: `self.matches(${celString(pattern.source)})`, message });
}

/** A whole number, or text that matches; `message` is about both. */
export function intOrText(min: number, max: number, pattern: RegExp, message: string) {
  const schema = z.union([z.int().min(min, message).max(max, message), z.string().regex(pattern, message)], message);
  const rule = `type(self) == int ? self >= ${min} && self <= ${max} : self.matches(${celString(pattern.source)})`;
  return withCel(schema, { rule, message });
}

/** A mapping of text to `value` with at most `max` entries, whose keys match. */
export function mapping<V extends z.ZodType>(key: RegExp, value: V, max: number, message: string) {
  const schema = z
    .record(z.string().regex(key, message), value)
    .refine((entries) => Object.keys(entries).length <= max, `has too many entries, at most ${max}`)
    .meta({ maxProperties: max });
  return withCel(schema, { rule: `self.all(key, key.matches(${celString(key.source)}))`, message });
}

/** A CEL literal; its escapes are those of JSON. */
export function celString(text: string): string {
  return JSON.stringify(text);
}
