/** The collector: NetFlow, IPFIX and sFlow in, OpenTelemetry traces out. Its worker threads run this file too. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { RUN } from './commands.ts';
import { isCommand } from './config/commands.ts';

if (isMainThread) await runMainThread(process.argv.slice(2));
else {
  const { runWorker } = await import('./workers/worker.ts');
  await runWorker(workerData, parentPort!);
}

async function runMainThread(args: string[]): Promise<void> {
  const [word, ...rest] = args;
  const outcome = word !== undefined && isCommand(word) ? await RUN[word](rest) : undefined;
  if (typeof outcome === 'number') {
    process.exitCode = outcome;
    return;
  }
  const { loadConfig } = await import('./config/config.ts');
  const loaded = loadConfig(outcome?.args ?? (await completed(args)), process.env);
  if (loaded.kind === 'print') {
    (loaded.exitCode === 0 ? process.stdout : process.stderr).write(loaded.text);
    process.exitCode = loaded.exitCode;
  } else if (loaded.kind === 'ask') {
    const { askHealth } = await import('./telemetry/ask-health.ts');
    process.exitCode = await askHealth(loaded.http);
  } else {
    const { runCollector } = await import('./supervisor.ts');
    const { CollectorError, exitCodeOf, formatError } = await import('./common/errors.ts');
    try {
      process.exit(await runCollector(loaded, new URL(import.meta.url), outcome?.feed));
    } catch (error) {
      process.stderr.write(error instanceof CollectorError ? formatError(error) : `${(error as Error).stack}\n`);
      process.exit(error instanceof CollectorError ? exitCodeOf(error) : 1);
    }
  }
}

/** The health check of an image knows nothing of the arguments that its container was started with. */
async function completed(args: string[]): Promise<string[]> {
  if (args.length !== 1 || args[0] !== '--healthcheck') return args;
  const { argumentsOfFirstProcess } = await import('./common/first-process.ts');
  const ofContainer = argumentsOfFirstProcess(process.argv[1]);
  return isCommand(ofContainer[0]) ? args : [...args, ...ofContainer];
}
