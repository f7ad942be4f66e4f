import { readFileSync } from 'node:fs';

const COMMAND_LINE = '/proc/1/cmdline';

/**
 * The arguments that `script` has as the first process of a container, by itself or under an init; none where something
 * else is the first process. `commandLine`: as proc_pid_cmdline(5) has it.
 */
export function argumentsOfFirstProcess(script: string, commandLine = read()): readonly string[] {
  const parts = commandLine.split('\0').slice(0, -1);
  const at = parts.indexOf(script);
  return at < 0 ? [] : parts.slice(at + 1);
}

function read(): string {
  try {
    return readFileSync(COMMAND_LINE, 'utf8');
  } catch {
    return '';
  }
}
