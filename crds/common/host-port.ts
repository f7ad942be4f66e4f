const PATTERN = /^(?:(?:\[([^[\]]+)\]|([^:[\]]+))?:)?(\d+)$/;

/** What `parseHostPort` reads, for messages. */
export const HOST_PORT_MESSAGE = 'must be PORT, :PORT, ADDRESS:PORT or, for IPv6, [ADDRESS]:PORT';

/**
 * Reads `2055`, `:2055`, `127.0.0.1:2055` and `[::]:2055`; undefined for anything else. Whether the host is an address
 * and the port in range is the schema's to say.
 */
export function parseHostPort(text: string): { host?: string; port: number } | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const host = match[1] ?? match[2];
  return { ...(host !== undefined && { host }), port: Number(match[3]) };
}

/** The reverse of `parseHostPort`. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
