/** The tables of what the selection did and of sockets. */
import { bytes, endpoint, number } from './dom.js';
import { table } from './table.js';

export function showTables({ selection, sockets }) {
  document.getElementById('selection-card').hidden = selection.length === 0;
  document.getElementById('selection').replaceChildren(
    ...table(
      selection,
      [
        { title: 'Rule', text: (row) => row.rule, isText: true },
        { title: 'Action', text: (row) => row.action, isText: true },
        { title: 'Kept', text: (row) => number(row.kept) },
        { title: 'Left out', text: (row) => number(row.leftOut) },
        { title: 'Left out, %', text: share },
      ],
      'Everything is kept.',
    ),
  );
  document.getElementById('sockets').replaceChildren(
    ...table(
      sockets,
      [
        { title: 'Address', text: (row) => endpoint(row.address, row.port), isText: true },
        { title: 'Listener', text: (row) => row.listener, isText: true },
        { title: 'Worker', text: (row) => number(row.worker) },
        {
          title: 'Buffer',
          text: (row) => bytes(row.grantedBuffer),
          isBad: (row) => row.grantedBuffer < row.requestedBuffer,
        },
        { title: 'Asked for', text: (row) => bytes(row.requestedBuffer) },
        { title: 'Queued', text: (row) => (row.queuedBytes === undefined ? '–' : bytes(row.queuedBytes)) },
        {
          title: 'Dropped',
          text: (row) => (row.droppedPackets === undefined ? '–' : number(row.droppedPackets)),
          isBad: (row) => row.droppedPackets > 0,
        },
      ],
      'No socket is open.',
    ),
  );
}

function share({ kept, leftOut }) {
  return leftOut > 0 ? number((100 * leftOut) / (kept + leftOut)) : '0';
}
