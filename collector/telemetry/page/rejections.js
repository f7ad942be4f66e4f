/** The table of the last senders of whom something was refused. */
import { address, ago, el, number } from './dom.js';
import { table } from './table.js';

const REASONS = {
  source_not_allowed: 'not among the allowed sources',
  truncated_header: 'shorter than its header',
  unknown_version: 'neither NetFlow, IPFIX nor sFlow 5',
  malformed: 'malformed',
  bad_template: 'template that can’t be used',
  template_mismatch: 'data do not fit their template',
  template_missing: 'data before their template',
  list_malformed: 'lists that can’t be read',
  list_template_missing: 'lists of records without their template',
  list_limit: 'lists that are too deep or long',
};

export function showRejections({ rejections }) {
  document.getElementById('rejections-card').hidden = rejections.length === 0;
  document.getElementById('rejections').replaceChildren(
    ...table(
      rejections,
      [
        { title: 'Sender', text: (row) => address(row.address), isText: true },
        { title: 'Why', text: (row) => REASONS[row.reason] ?? row.reason, isText: true },
        { title: 'In detail', text: (row) => row.detail ?? '–', isText: true },
        { title: 'First bytes', text: (row) => el('code', {}, row.firstBytes.slice(0, 24)), isText: true },
        { title: 'Packets', text: (row) => number(row.count) },
        { title: 'Last seen', text: (row) => ago(row.lastTime) },
      ],
      '',
    ),
  );
}
