/**
 * Programs that outlive the process that starts them. Each has a name, a log and a file with its process id and start
 * time: together these are never another's, so nothing but what was started here is ever ended.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOGS, WORK } from './layout.ts';
import { waitFor } from './wait.ts';

const SUFFIX = '.pid';
const END_SECONDS = 20;

/** Starts a program, unless it runs. It gets nothing of our environment but where programs are. */
export function start(name: string, program: string, args: readonly string[]): void {
  if (isRunning(name)) return;
  const log = openSync(join(LOGS, `${name}.log`), 'a');
  const { PATH } = process.env;
  const child = spawn(program, args, { cwd: '/', detached: true, env: { PATH }, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  if (child.pid !== undefined) writeFileSync(join(WORK, name + SUFFIX), `${child.pid} ${startTime(child.pid)}`);
}

/** Whether the program of this name runs. */
export function isRunning(name: string): boolean {
  return pidOf(name) !== undefined;
}

/** Ends a program as a crash would, and resolves when it is gone. */
export async function kill(name: string): Promise<void> {
  const pid = pidOf(name);
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  await waitFor(`${name} ends`, END_SECONDS, () => !isRunning(name));
}

/** The names of all that was started. */
export function started(): string[] {
  return readdirSync(WORK)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length));
}

function pidOf(name: string): number | undefined {
  try {
    const [pid, since] = readFileSync(join(WORK, name + SUFFIX), 'utf8').split(' ');
    return startTime(Number(pid)) === since ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** When a process started, in clock ticks since boot; undefined when there is none or it has ended (proc(5)). */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
