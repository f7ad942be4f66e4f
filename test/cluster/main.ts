/**
 * `npm run cluster:up` and `npm run cluster:down`: a cluster for people, which tests use too and leave running.
 * `npm run cluster:build` makes its programs, which the others do too if need be.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { down } from './down.ts';
import { KEPT, KUBECONFIG, LOGS, MAX_NODES } from './layout.ts';
import { lock } from './lock.ts';
import { missingForCluster } from './requirements.ts';
import { buildTools, TOOLS } from './tools.ts';
import { up } from './up.ts';

const USAGE = `Usage: npm run cluster:up -- [--nodes N] [--image FILE]...
       npm run cluster:down
       npm run cluster:build

An image is an archive, as made by docker save -o FILE NAME or buildah push NAME docker-archive:FILE:NAME.`;

type Command = (report: (line: string) => void) => Promise<void>;

process.exitCode = await main();

async function main(): Promise<number> {
  let command: Command;
  try {
    command = parse();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const missing = missingForCluster();
  if (missing) {
    console.error(`No cluster can be made here: ${missing}`);
    return 2;
  }
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  try {
    const unlock = await lock(0);
    await command((line) => console.error(`${seconds()} s  ${line}`)).finally(unlock);
    return 0;
  } catch (error) {
    const { message, cause } = error as Error;
    console.error([message, cause, `Logs are in ${LOGS}`].filter(Boolean).join('\n'));
    return 1;
  }
}

/** What is asked for. Throws when it can't be understood. */
function parse(): Command {
  const options = { nodes: { type: 'string', default: '1' }, image: { type: 'string', multiple: true } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const nodes = Number(values.nodes);
  const images = (values.image ?? []).map((file) => resolve(file));
  if (!(Number.isInteger(nodes) && nodes >= 0 && nodes <= MAX_NODES))
    throw new Error(`--nodes ${values.nodes}: from 0 to ${MAX_NODES}`);
  switch (positionals.join(' ')) {
    case 'up':
      return async (report) => {
        await up({ nodes, images }, report);
        writeFileSync(KEPT, '');
        console.log(`export KUBECONFIG=${KUBECONFIG} PATH=${TOOLS}:$PATH`);
      };
    case 'down':
      return down;
    case 'build':
      return async () => buildTools();
    default:
      throw new Error('up, down or build?');
  }
}
