/** What is in `deploy/compose`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const FOLDER = join(import.meta.dirname, '../../deploy/compose');

export type Service = {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  network_mode?: string;
  extends?: { file: string; service: string };
};

export type Compose = { services: Record<string, Service>; volumes?: Record<string, unknown> };

export const readText = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
export const readYaml = (file: string) => parse(readText(file));

/** Every variable of a file and its default, as in `${NAME:-default}`. */
export function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name, value]) => [name, value]));
}
