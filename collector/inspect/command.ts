/**
 * `netflow2traces inspect`: packets of captures, or as they come, → what is in them. `inspector.ts` has the collector's
 * own pipeline read them, `text.ts` writes it for people.
 */
import { once } from 'node:events';
import { isIP } from 'node:net';
import { createLog } from '../../crds/common/log.ts';
import { formatFor } from '../../crds/common/log-text.ts';
import { explained } from '../common/usage.ts';
import { readFollowed } from '../files/follow.ts';
import { openSockets } from '../listen/sockets.ts';
import { normalizeAddress } from '../listen/sources.ts';
import { USER_ELEMENTS } from '../naming/follow.ts';
import type { UserElements } from '../naming/user-elements.ts';
import { readPackets } from '../replay/command.ts';
import { type Datagram, Inspector } from './inspector.ts';
import { INSPECT_HELP, type InspectOptions, parseInspectOptions } from './options.ts';
import { Summing } from './summary.ts';
import { packetText, summaryText } from './text.ts';

/** Bytes, as the collector asks for. */
const RECEIVE_BUFFER = 4 * 2 ** 20;

/** Shows the packets that `args` name. Resolves with the exit code. */
export function inspectPackets(args: string[]): Promise<number> {
  // Whoever reads only the beginning has seen enough.
  process.stdout.on('error', () => process.exit(0));
  return explained('inspect', async () => {
    const options = parseInspectOptions(args);
    if (!options) process.stdout.write(INSPECT_HELP);
    else await inspect(options);
  });
}

async function inspect(options: InspectOptions): Promise<void> {
  const { elementsFile } = options;
  const inspector = new Inspector(elementsFile === undefined ? undefined : readElements(elementsFile));
  const sum = new Summing();
  const show = (datagram: Datagram): void => {
    const packet = inspector.inspect(datagram);
    sum.add(packet);
    process.stdout.write(options.json ? `${JSON.stringify(packet)}\n` : packetText(packet));
  };
  if (options.kind === 'listen') await listen(options, show);
  else for (const datagram of datagramsOf(options)) show(datagram);
  const summary = sum.end(inspector.told.list(), inspector.waiting);
  process.stdout.write(options.json ? `${JSON.stringify({ summary })}\n` : summaryText(summary));
}

function readElements(file: string): UserElements {
  return readFollowed({ ...USER_ELEMENTS, field: '--elements-file' }, file, { file });
}

/** Until a signal comes. Rejects with a CollectorError when it can't listen there. */
async function listen(
  { host, port }: Extract<InspectOptions, { kind: 'listen' }>,
  show: (datagram: Datagram) => void,
): Promise<void> {
  const ended = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const { sockets, stop } = await openSockets({
    listeners: [{ name: 'inspect', host, port }],
    receiveBuffer: RECEIVE_BUFFER,
    exclusive: true,
    onPacket: (payload, _listener, { address, port }) =>
      show({ payload, address: normalizeAddress(address), port, time: Date.now() }),
    log: createLog('error', undefined, { format: formatFor('auto') }),
  });
  process.stderr.write(`inspect: listening on UDP port ${sockets[0].port}; Ctrl-C ends it\n`);
  await ended;
  await stop(0);
}

/** Packets of raw files, which have no address, seem to come from an address of their folder. */
function* datagramsOf(options: Extract<InspectOptions, { kind: 'captures' }>): Iterable<Datagram> {
  const folders: string[] = [];
  for (const { payload, source, sourcePort: port, time } of readPackets('inspect', options)) {
    if (!isIP(source) && !folders.includes(source)) folders.push(source);
    const address = isIP(source) ? source : `127.0.0.${1 + folders.indexOf(source)}`;
    yield { payload, address, port, time };
  }
}
