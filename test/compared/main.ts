/** `npm run compare`: writes docs/compared.md, of all programs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Column, ownColumn, PEERS, peerColumn } from './compare.ts';
import { documentOf } from './document.ts';
import { readCaptures } from './variants.ts';

const captures = readCaptures();
const columns: Column[] = [await ownColumn(captures)];
for (const peer of PEERS) {
  const version = peer.version();
  if (version === undefined) {
    console.error(
      `${peer.name} is not installed: it takes Debian's nfdump, nfdump-sflow, pmacct and tshark, and Go for goflow2`,
    );
    process.exit(1);
  }
  columns.push(await peerColumn(peer, version, captures));
}
writeFileSync(join(import.meta.dirname, '../../docs/compared.md'), documentOf(captures, columns));
