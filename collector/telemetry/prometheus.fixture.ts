const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/;

/**
 * Reads Prometheus' text format strictly: each line must be a comment or a sample, each metric has one HELP and one
 * TYPE before its samples, no series occurs twice, no label twice in one.
 */
export function parsePrometheus(text: string): {
  text: string;
  values: Map<string, number>;
  types: Map<string, string>;
} {
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  const helps = new Set<string>();
  for (const line of text.split('\n')) {
    const [, keyword, metric, rest] = /^# (HELP|TYPE|UNIT) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (helps.has(metric)) throw new Error(`a second HELP: ${line}`);
      helps.add(metric);
    }
    if (keyword === 'TYPE') {
      if (types.has(metric)) throw new Error(`a second TYPE: ${line}`);
      types.set(metric, rest);
    }
    if (keyword || line === '') continue;

    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`neither a comment nor a sample: ${line}`);
    const family = types.has(name) ? name : name.replace(/_(bucket|count|sum)$/, '');
    if (!types.has(family) || !helps.has(family)) throw new Error(`no HELP or TYPE before: ${line}`);
    const keys = [...labels.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"/g)].map((match) => match[1]);
    if (new Set(keys).size < keys.length) throw new Error(`a label twice: ${line}`);
    if (values.has(name + labels)) throw new Error(`a series twice: ${line}`);
    values.set(name + labels, value === '+Inf' ? Infinity : Number(value));
  }
  return { text, values, types };
}
