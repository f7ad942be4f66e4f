/**
 * The bench: the collector as shipped, fed by a generator and drained by a sink in processes of their own, and what it
 * is compared with. In: packets built before the clock starts. Out: CPU a flow, rate, loss, memory, collections.
 * README.md tells how to read it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { besideDocument } from './beside.ts';
import { findSender } from './helpers.ts';
import { measure, type Result } from './measure.ts';
import { parseOptions, rowLabel, USAGE } from './options.ts';
import { type OverloadResult, overload } from './overload.ts';
import { machineCpu } from './proc.ts';
import { Profile, profileTable } from './profile.ts';
import { checkBudget, checkTable, median, overloadTable, rowTable, summarize } from './report.ts';
import { type StartupResult, startup } from './startup.ts';

/** Above this, in cores, others disturb the figures. */
const MAX_BUSY_CORES = 0.25;
const STARTUPS = 5;
const SPEED = join(import.meta.dirname, '../../docs/speed.md');

process.exitCode = await main();

async function main(): Promise<number> {
  let options: ReturnType<typeof parseOptions>;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const sender = findSender();
  const machine = await describeMachine();
  progress(`${machine.cores} cores, ${machine.cpu}, Node ${process.version}, sender in ${sender.kind}`);
  progress(`load ${machine.load}, ${machine.busyCores.toFixed(2)} cores busy, net.core.rmem_max ${machine.rmemMax}`);
  if (sender.kind === 'Node') progress('No C compiler (cc): the sender in Node takes CPU away from what is measured.');
  if (machine.rmemMax < 4 * 2 ** 20) progress('net.core.rmem_max is below 4 MiB: expect loss at the higher rate.');
  if (machine.busyCores > MAX_BUSY_CORES) {
    progress('The machine is busy: the figures will be too high.');
    if (!options.force) {
      progress('Wait until it is idle, or measure all the same with --force.');
      return 1;
    }
  }

  const startups: StartupResult[] = [];
  for (let start = 0; options.startup && start < STARTUPS; start++) startups.push(await startup());
  const results: Result[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const row of options.rows) {
      const profile = options.profile && row.subject === 'collector' ? new Profile() : undefined;
      const result = await measure(row, options.lengths, sender, profile);
      progress(`round ${round}  ${rowLabel(row).padEnd(28)} ${result.cpuPerFlow.toFixed(2)} µs`);
      results.push(result);
      if (profile) console.log(`\n${rowLabel(row)}\n${profileTable(profile, result)}\n`);
    }
  }
  const overloads: OverloadResult[] = [];
  for (const name of options.overloads) overloads.push(await overload(name, options.lengths.measureMs, sender));

  const rows = summarize(results);
  if (options.beside) {
    const { cpu, cores } = machine;
    const document = besideDocument(rows, { cpu, cores, date: new Date().toISOString().slice(0, 10) });
    if (options.whole) writeFileSync(SPEED, document);
    console.log(document);
    return 0;
  }
  const budget = checkBudget(rows, startups);
  if (options.json) {
    console.log(
      JSON.stringify({ machine, sender: sender.kind, rows, overloads, startups, budget, rounds: results }, null, 2),
    );
    return 0;
  }
  if (startups.length > 0) {
    const milliseconds = median(startups.map((start) => start.milliseconds));
    const rss = median(startups.map((start) => start.rssMib));
    console.log(`\nstart to listening: ${milliseconds.toFixed(0)} ms, then ${rss.toFixed(0)} MiB`);
  }
  if (rows.length > 0) console.log(`\n${rowTable(rows)}`);
  if (overloads.length > 0) console.log(`\n${overloadTable(overloads)}`);
  if (budget.length > 0) console.log(`\n${checkTable(budget)}`);
  return 0;
}

async function describeMachine() {
  const before = machineCpu();
  await sleep(1_000);
  const after = machineCpu();
  return {
    cores: cpus().length,
    cpu: cpus()[0].model,
    load: loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
    busyCores: after.busy - before.busy + after.steal - before.steal,
    rmemMax: Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8')),
  };
}

function progress(line: string): void {
  console.error(line);
}
