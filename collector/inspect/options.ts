/** The command line of `netflow2traces inspect`. */
import { parseArgs } from 'node:util';
import { table } from '../../crds/common/help.ts';
import { HOST_PORT_MESSAGE, parseHostPort } from '../../crds/common/host-port.ts';
import { orUsageError, UsageError } from '../common/usage.ts';
import { portNumber } from '../replay/options.ts';

export const INSPECT_HELP = `Shows what is in NetFlow, IPFIX and sFlow packets: templates with their fields, options data and
what they were joined to, records with the attributes that their spans have, and what is wrong, with
the section of the RFC. It is the collector's own decoder that reads them; nothing is sent.

Usage: netflow2traces inspect [OPTIONS] FILE|DIR...
       netflow2traces inspect [OPTIONS] --listen HOST:PORT

${table([
  ['FILE, DIR', 'captures, as for netflow2traces replay'],
  [
    '--listen HOST:PORT',
    'packets as they come, until Ctrl-C: [::]:2055, :2055, 2055 or 127.0.0.1:2055. No collector may have the port.',
  ],
  [
    '--port-filter PORT',
    'from pcap and pcapng, take all datagrams sent to this port, whatever is in them, and only those',
  ],
  ['--elements-file FILE', 'names of elements that no registry has, as elements.file of the configuration'],
  ['--json', 'a JSON object a line: one for each packet, at last {"summary": ...}'],
  ['-h, --help', 'show this'],
])}
Examples:
  netflow2traces inspect router.pcap                   what an engineer pastes into a ticket
  netflow2traces inspect --json router.pcap | jq 'select(.problems != [])'
`;

/** IPv6 and IPv4, as the collector's first listener has it. */
const ANY_HOST = '::';

export type InspectOptions = { json: boolean; elementsFile: string | undefined } & (
  | { kind: 'captures'; paths: string[]; portFilter: number | undefined }
  | { kind: 'listen'; host: string; port: number }
);

/** Reads the command line; undefined when help is asked for. Throws UsageError. */
export function parseInspectOptions(args: string[]): InspectOptions | undefined {
  const { values, positionals } = orUsageError(() =>
    parseArgs({
      args,
      allowPositionals: true,
      options: {
        listen: { type: 'string' },
        'port-filter': { type: 'string' },
        'elements-file': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  const { listen, json, help, 'port-filter': filter, 'elements-file': elementsFile } = values;
  if (help) return undefined;
  if (listen === undefined) {
    if (positionals.length === 0) throw new UsageError('name a capture file, or --listen HOST:PORT');
    const portFilter = portNumber('--port-filter', filter);
    return { json, elementsFile, kind: 'captures', paths: positionals, portFilter };
  }
  if (positionals.length > 0 || filter !== undefined) throw new UsageError('--listen takes neither files nor a filter');
  const socket = parseHostPort(listen);
  if (!socket) throw new UsageError(`--listen ${listen}: ${HOST_PORT_MESSAGE}`);
  return { json, elementsFile, kind: 'listen', host: ANY_HOST, ...socket };
}
