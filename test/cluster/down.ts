import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LOGS, WORK } from './layout.ts';
import { removeNetwork } from './network.ts';
import { removeCgroups } from './node.ts';
import { kill, started } from './processes.ts';

/** Ends the cluster and removes everything that was made for it but its logs. The caller holds the lock. */
export async function down(): Promise<void> {
  if (!existsSync(WORK)) return;
  await Promise.all(started().map(kill));
  await removeCgroups();
  removeNetwork();
  for (const entry of readdirSync(WORK)) {
    const path = join(WORK, entry);
    if (path !== LOGS) rmSync(path, { recursive: true, force: true });
  }
}
