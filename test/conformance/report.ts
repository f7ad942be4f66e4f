/** Prints the conformance table, by vendor, and what stands behind its last two columns. */
import { clip } from '../../crds/common/text.ts';
import { type Row, runConformance } from './run.ts';
import { compareWithTshark } from './tshark/compare.ts';
import { missingTshark } from './tshark/dissect.ts';

const HEAD = ['Vendor', 'Capture', 'Packets', 'Templates', 'Records', 'Compared', 'Agree', 'Explained', 'Disagree'];
const NAME_WIDTH = 64;

const rows = runConformance().sort((a, b) => a.vendor.localeCompare(b.vendor) || a.capture.localeCompare(b.capture));
const table = [HEAD, ...rows.map(cells), total(rows)];
const widths = HEAD.map((_, column) => Math.max(...table.map((line) => line[column].length)));
for (const line of table) {
  console.log(
    line.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  '),
  );
}
print('Explained', rows, ({ explained }) => explained);
print('Disagreements', rows, disagreements);

const missing = missingTshark();
const dissected = missing ? [] : compareWithTshark();
const compared = dissected.reduce((sum, row) => sum + row.compared, 0);
console.log(missing ? `\nTShark was not asked: ${missing}` : `\nTShark: ${compared} fields compared`);
print("Explained, of TShark's", dissected, ({ explained }) => explained);
print("Disagreements, of TShark's", dissected, ({ differ }) => differ);

const disagree = rows.some((row) => disagreements(row).length > 0) || dissected.some(({ differ }) => differ.length > 0);
process.exitCode = disagree ? 1 : 0;

function cells(row: Row): string[] {
  const { vendor, capture, packets, templates, flows, options, explained } = row;
  const { compared, agree, disagree } = figures(row);
  return [
    vendor,
    clip(capture, NAME_WIDTH),
    ...[packets, templates, flows + options, compared, agree, explained.length, disagree].map(String),
  ];
}

function total(all: Row[]): string[] {
  const sums = all.map(cells).reduce(
    (sum, line) => sum.map((value, index) => value + Number(line[index + 2])),
    HEAD.slice(2).map(() => 0),
  );
  return ['', 'Total', ...sums.map(String)];
}

/** Fields of expectations and fields of spans against the reference, together. */
function figures(row: Row): { compared: number; agree: number; disagree: number } {
  const disagree = disagreements(row).length;
  return {
    compared: row.compared + row.referenced,
    agree: row.agree + row.referenced - row.differ.length,
    disagree,
  };
}

function disagreements({ disagree, differ }: Row): string[] {
  return [...disagree, ...differ.map((text) => `reference: ${text}`)];
}

function print<R extends { capture: string }>(title: string, all: readonly R[], read: (row: R) => string[]): void {
  const lines = all.flatMap((row) => read(row).map((text) => `  ${row.capture}: ${text}`));
  if (lines.length > 0) console.log(`\n${title}\n${lines.join('\n')}`);
}
