/** A way into the configuration, such as `['listeners', 0, 'port']`. */
export type Path = readonly PropertyKey[];

/** One value from a flag or an environment variable, on its way into the configuration. */
export type Setting = {
  path: Path;
  value: unknown;
  /** Where it comes from, for messages: `NETFLOW_LISTEN_PORT`, `--listen :70000`. */
  source: string;
};

/** A user's mistake: `where` is the field, flag or variable; `what` says what was found and what is allowed. */
export type Mistake = { where: string; what: string };

/** Writes a path as people do: `listeners[0].port`, `otlp.headers["x.y"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    if (!/^[\w-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/** The value at `path`, or undefined when there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce(child, root);
}

/**
 * Writes a setting into `root`, making what is missing on the way, and returns the path written. Where something other
 * than a mapping or a list is in the way, nothing is: that is a mistake of its own, found when the whole is checked.
 */
export function assign(root: unknown, { path, value }: Setting): Path | undefined {
  const written: PropertyKey[] = [];
  let container = root;
  for (const [depth, name] of path.entries()) {
    if (typeof container !== 'object' || container === null) return undefined;
    const key = path[depth - 1] === 'headers' ? sameHeader(container, String(name)) : name;
    const next = depth === path.length - 1 ? value : (child(container, key) ?? emptyFor(path[depth + 1]));
    // Not by assignment: the key may be __proto__.
    Object.defineProperty(container, key, { value: next, writable: true, enumerable: true, configurable: true });
    written.push(key);
    container = next;
  }
  return written;
}

/** The spelling that `headers` already has for a header; case does not tell headers apart. */
function sameHeader(headers: object, name: string): string {
  return Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

function emptyFor(key: PropertyKey): object {
  return typeof key === 'number' ? [] : {};
}

function child(container: unknown, key: PropertyKey): unknown {
  if (typeof container !== 'object' || container === null) return undefined;
  return Object.getOwnPropertyDescriptor(container, key)?.value;
}
