/** The table of the last senders of whom something was refused. */
import { ago, el, number } from './dom.js';
import { table } from './tables.js';

const REASONS = {
  source_not_allowed: 'not among the allowed sources',
  truncated_header: 'shorter than its header',
  unknown_version: 'neither NetFlow nor IPFIX',
  malformed: 'malformed',
  bad_template: 'template that can’t be used',
  template_mismatch: 'data do not fit their template',
  template_missing: 'data before their template',
};

export function showRejections({ rejections }) {
  document.getElementById('rejections-card').hidden = rejections.length === 0;
  document.getElementById('rejections').replaceChildren(
    ...table(
      rejections,
      [
        ['Sender', (row) => row.address, 'text'],
        ['Why', (row) => REASONS[row.reason] ?? row.reason, 'text'],
        ['In detail', (row) => row.detail ?? '–', 'text'],
        ['First bytes', (row) => el('code', {}, row.firstBytes.slice(0, 24)), 'text'],
        ['Packets', (row) => number(row.count)],
        ['Last seen', (row) => ago(row.lastTime)],
      ],
      '',
    ),
  );
}
