/** How users run this program where they are: from a checkout, as a package, in an image. */
import { basename } from 'node:path';

export type Started = Pick<NodeJS.Process, 'argv' | 'env'>;

/**
 * What to type to run the program with these arguments, the first of which may be a command. `started`: how this
 * process was started.
 */
export function howToRun(args: readonly string[] = [], { argv, env }: Started = process): string {
  const [command, ...options] = args;
  const script = argv[1];
  if (basename(script) === 'netflow2traces') {
    return [...(env.npm_lifecycle_event === 'npx' ? ['npx'] : []), 'netflow2traces', ...args].join(' ');
  }
  // A script of package.json; each command has one of its name.
  if (env.npm_package_name === 'netflow2traces' && env.npm_lifecycle_event !== undefined) {
    const run = command === undefined ? 'npm start' : `npm run ${command}`;
    return options.length === 0 ? run : `${run} -- ${options.join(' ')}`;
  }
  return ['node', script, ...args].join(' ');
}
