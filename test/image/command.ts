import { execFileSync } from 'node:child_process';

/** Runs a program to its end and returns what it printed; throws with its error output when it fails. */
export function command(program: string, args: readonly string[], options: { cwd?: string } = {}): string {
  return execFileSync(program, args, { ...options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Runs buildah. */
export function buildah(...args: string[]): string {
  return command('buildah', args);
}
