/** Whether the configuration that a user has written is the one in use. */
import type { FollowedFile } from '../../files/follow.ts';
import { type Advice, type AdviceInput, error, warning } from './rule.ts';

export function configuration({ reload }: AdviceInput): Advice[] {
  if (reload.error !== undefined) {
    return [
      error(
        `The last good configuration stays in use: ${reload.error}`,
        'Correct the file; it is read again when it changes. `--check` lists its mistakes without starting a collector.',
      ),
    ];
  }
  if (reload.needRestart.length === 0) return [];
  return [
    warning(
      `The configuration file has changes that are not in use: ${reload.needRestart.join(', ')}.`,
      'Restart the collector; only selection, spans, elements, flow metrics, exporters, allowed sources and the log level are changed without.',
    ),
  ];
}

export function networkNames({ networks }: AdviceInput): Advice[] {
  return ofFile('names of networks', networks);
}

export function elementNames({ elements }: AdviceInput): Advice[] {
  return ofFile('names of own elements', elements);
}

function ofFile(what: string, file: FollowedFile | undefined): Advice[] {
  if (file?.error === undefined) return [];
  const rest = file.readTime === undefined ? `Spans are without ${what}` : `The last good ${what} stay in use`;
  return [warning(`${rest}: ${file.error}`, 'Correct the file; it is read again when it changes.')];
}

export function spanNames({ namesWithoutEffect }: AdviceInput): Advice[] {
  return namesWithoutEffect.map((what) =>
    warning(
      what.endsWith('?') ? what : `${what}.`,
      what.startsWith('flowMetrics.')
        ? 'Correct it, or add that column: series go without the label.'
        : 'Correct it, or leave it out. `include`, `exclude` and `rename` speak of the profile’s own names; a `*` is a wildcard only at the end of a name.',
    ),
  );
}
