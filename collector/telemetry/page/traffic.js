/** The tables of what flows came to, and of who has most of the bytes. */
import { bytes, number } from './dom.js';
import { table } from './tables.js';

const KINDS = { sources: 'source', destinations: 'destination', conversations: 'conversation', ports: 'server’s port' };

export function showTraffic({ traffic, topTalkers }) {
  document.getElementById('traffic-card').hidden = traffic === undefined || traffic.length === 0;
  document.getElementById('traffic').replaceChildren(
    ...table(
      traffic ?? [],
      [
        ['Exporter', (row) => row.exporter ?? 'others', 'text'],
        ['Transport', (row) => row.transport ?? '–', 'text'],
        ['Bytes', (row) => bytes(row.bytes)],
        ['Packets', (row) => number(row.packets)],
        ['Flows', (row) => number(row.records)],
      ],
      'No flow yet.',
    ),
  );
  document.getElementById('talkers-card').hidden = topTalkers === undefined;
  document.getElementById('talkers').replaceChildren(
    ...table(
      Object.keys(KINDS).flatMap((kind) => (topTalkers?.[kind] ?? []).map((talker) => ({ kind, ...talker }))),
      [
        ['Kind', (row) => KINDS[row.kind], 'text'],
        ['Who', who, 'text'],
        ['Bytes/s', (row) => bytes(row.bytesPerSecond)],
      ],
      'No flow lately.',
    ),
  );
}

function who({ kind, ...row }) {
  const between = kind === 'conversations' ? ' ↔ ' : ' ';
  const names = ['source.address', 'destination.address', 'network.transport', 'server.port'];
  return names.flatMap((name) => row[name] ?? []).join(between) || 'not known';
}
