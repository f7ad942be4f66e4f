/** What differs between two configurations, and which differences a running collector takes over. */
import { isDeepStrictEqual } from 'node:util';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { isLive } from '../../crds/live.ts';
import { formatPath, type Path } from '../config/setting.ts';

export type Changes = {
  /** The one in use with the live parts of the new one. */
  config: CollectorConfig;
  /** Paths of the fields by which it differs from the one in use. */
  taken: string[];
  /** Paths of the fields that are left as they were, since they need a restart. */
  needRestart: string[];
};

/** Compares a new configuration with the one in use. */
export function compareConfigs(current: CollectorConfig, next: CollectorConfig): Changes {
  const live = Object.fromEntries(Object.entries(next).filter(([part]) => isLive(part)));
  const paths = differences(current, next, []);
  const format = (live: boolean) => paths.filter(([part]) => isLive(String(part)) === live).map(formatPath);
  return { config: { ...current, ...live }, taken: format(true), needRestart: format(false) };
}

/** Lists of different lengths differ as a whole. */
function differences(before: unknown, after: unknown, at: Path): Path[] {
  if (isDeepStrictEqual(before, after)) return [];
  const lists = [before, after].filter(Array.isArray);
  if (!isObject(before) || !isObject(after) || lists.length === 1 || lists[0]?.length !== lists[1]?.length) return [at];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences(before[key], after[key], [...at, lists.length > 0 ? Number(key) : key]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
