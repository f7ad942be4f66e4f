/** Runs the programs over all captures. What those of others yield is kept, by all that it comes from. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { buildOnce, cachedAs } from '../build-cache.ts';
import { type Figures, figuresOf, type Program } from './figures.ts';
import { goflow2 } from './programs/goflow2.ts';
import { nfdump } from './programs/nfdump.ts';
import { ours } from './programs/ours.ts';
import { pmacct } from './programs/pmacct.ts';
import { tshark } from './programs/tshark.ts';
import type { Capture } from './variants.ts';

export const PEERS: readonly Program[] = [goflow2, nfdump, pmacct, tshark];

/** The figures of a program in one version, in the order of the captures. */
export type Column = { program: string; version: string; figures: Figures[] };

export async function ownColumn(captures: readonly Capture[]): Promise<Column> {
  return { program: ours.name, version: '', figures: await figuresOf(ours, captures) };
}

/** The column of a peer that is installed; it takes up to a minute the first time. */
export async function peerColumn(peer: Program, version: string, captures: readonly Capture[]): Promise<Column> {
  const file = cachedAs(`compared-${peer.name}-${version}-${hashOf(captures)}`, import.meta.dirname);
  if (!existsSync(file)) {
    const figures = JSON.stringify(await figuresOf(peer, captures));
    buildOnce(file, (part) => writeFileSync(part, figures));
  }
  return { program: peer.name, version, figures: JSON.parse(readFileSync(file, 'utf8')) };
}

function hashOf(captures: readonly Capture[]): string {
  const hash = createHash('sha256');
  for (const { story, variants } of captures) {
    for (const bytes of [story, ...variants.map((variant) => variant.story)].flat()) hash.update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}
