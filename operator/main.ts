/** The operator: turns each NetflowCollector into the collectors it describes, and keeps them that way. */
import { existsSync, readFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { parseOptions } from './options.ts';

const OWN_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
const ownNamespace = existsSync(OWN_NAMESPACE) ? readFileSync(OWN_NAMESPACE, 'utf8').trim() : undefined;

const parsed = parseOptions(process.argv.slice(2), manifest.version, ownNamespace);
if (parsed.kind === 'print') {
  (parsed.exitCode === 0 ? process.stdout : process.stderr).write(parsed.text);
  process.exitCode = parsed.exitCode;
} else {
  // The libraries take most of a second to load: not before they are needed.
  const { runProcess } = await import('./process.ts');
  try {
    await runProcess(parsed.options, manifest.version);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  }
}
