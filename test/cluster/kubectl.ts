import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { KUBECONFIG, WORK } from './layout.ts';
import { tool } from './tools.ts';

/** Runs kubectl, with `input` on its standard input. Resolves with what it prints; rejects with its error output. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

const MAX_OUTPUT = 2 ** 28;

/** kubectl for the cluster of a kubeconfig. */
export function kubectlFor(kubeconfig: string, program: string, flags: readonly string[] = []): Kubectl {
  return (args, input = '') =>
    new Promise((resolve, reject) => {
      const all = ['--kubeconfig', kubeconfig, ...flags, ...args];
      const child = execFile(program, all, { maxBuffer: MAX_OUTPUT }, (error, stdout, stderr) => {
        if (error) reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`));
        else resolve(stdout.trim());
      });
      // One that fails early leaves its input unread.
      child.stdin?.on('error', () => {}).end(input);
    });
}

/** kubectl for the cluster made here. What it knows of an API is forgotten with the cluster, whose address stays. */
export const kubectl = kubectlFor(KUBECONFIG, tool('kubectl'), ['--cache-dir', join(WORK, 'kubectl')]);
