type Told = { receivedAt: number; adopted?: boolean };

/**
 * Whether one announcement takes the place of another: an exporter's own word does of what is adopted, then the later.
 */
export function supersedes(one: Told, other: Told): boolean {
  if (Boolean(one.adopted) !== Boolean(other.adopted)) return !one.adopted;
  return one.receivedAt > other.receivedAt;
}
