/** Values by their paths, such as `image.tag`. */
export type Mapping = { [key: string]: unknown };

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{ image: { tag: value } }` of `image.tag`. */
export function nested(path: string, value: unknown): Mapping {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Mapping;
}

/** What is at a path, where numbers are places in lists; undefined when there is nothing. */
export function at(object: unknown, path: string): unknown {
  return path.split('.').reduce((inner, key) => (inner as Mapping | undefined)?.[key], object);
}

/** Paths of all that is not a mapping with something in it. */
export function leaves(value: Mapping, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    isMapping(inner) && Object.keys(inner).length > 0 ? leaves(inner, `${prefix}${key}.`) : [prefix + key],
  );
}

/** Both, mappings within mappings; where both have a value, the second one's. */
export function merged(one: Mapping, other: Mapping): Mapping {
  const both = ([key, value]: [string, unknown]): [string, unknown] => {
    const known = one[key];
    return [key, isMapping(known) && isMapping(value) ? merged(known, value) : value];
  };
  return { ...one, ...Object.fromEntries(Object.entries(other).map(both)) };
}
