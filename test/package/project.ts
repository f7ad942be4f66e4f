import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** What any package of the collector is made of. */
const SOURCES = ['collector', 'crds', 'build.ts', 'package.json', 'README.md', 'LICENSE'];

/** Copies what is packed, and `others`, to a folder: packing changes files that other tests read. */
export function copyProject(folder: string, others: readonly string[]): void {
  for (const name of [...SOURCES, ...others]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}
