import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { Mistake, Path } from './setting.ts';

/** A configuration file's content, and where in it a field stands. */
export type ConfigFile = {
  content: unknown;
  /** `file.yaml:3:5` for the field at `path`, or for the innermost one around it; undefined without a file. */
  locate(path: Path): string | undefined;
};

/** What an expression without quotes is most often mistaken for. */
const UNQUOTED = ['TAG_RESOLVE_FAILED', 'UNEXPECTED_TOKEN', 'MISSING_CHAR'];

/** Reads YAML, of which JSON is a part. An empty file is an empty mapping. */
export function parseConfigFile(name: string, text: string): ConfigFile | { mistakes: Mistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (faults.length > 0) {
    // Errors after the first may only follow from it.
    const hint = UNQUOTED.includes(faults[0].code) ? '; write text with signs such as [ , ! in quotes' : '';
    return {
      mistakes: faults.map(({ pos, message }, index) => ({
        where: position(pos[0]),
        what: index === 0 ? `${message}${hint}` : message,
      })),
    };
  }
  try {
    const content: unknown = document.toJS() ?? {};
    return { content, locate };
  } catch (error) {
    // Aliases that multiply beyond all bounds, or that refer to nothing.
    return { mistakes: [{ where: name, what: (error as Error).message }] };
  }

  function position(offset: number): string {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  }

  function locate(path: Path): string {
    let node = document.contents as Node | null;
    let offset = node?.range?.[0] ?? 0;
    for (const key of path) {
      if (isAlias(node)) node = node.resolve(document) ?? null;
      if (isMap<Node, Node>(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
        if (!pair) break;
        offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else {
        const item = (node as { items?: Node[] } | null)?.items?.[key as number];
        if (!item) break;
        offset = item.range?.[0] ?? offset;
        node = item;
      }
    }
    return position(offset);
  }
}
