/** That the pipeline makes of a datagram what the reference makes of it, whatever is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { comparable, LOOPBACK, throughPipeline, throughReference } from '../reference/compare.ts';
import { EXPORT_TIME } from './arbitraries.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);
const RECEIVED_MS = EXPORT_TIME * 1_000;

type Profile = NonNullable<NonNullable<CollectorConfigInput['spans']>['profile']>;

/** Tests each profile with its part of the runs: one in `share`. */
export function testAgreement(
  what: string,
  message: fc.Arbitrary<Uint8Array>,
  profiles: readonly Profile[],
  share: number,
): void {
  for (const profile of profiles) {
    test(`${what}, profile ${profile}`, () => {
      fc.assert(
        fc.property(message, (bytes) => {
          const datagrams = [{ bytes, source: LOOPBACK, receivedMs: RECEIVED_MS }];
          const config = { spans: { profile } };
          const actual = comparable(throughPipeline(datagrams, config).spans);
          assert.deepEqual(actual, throughReference(datagrams, config));
        }),
        { numRuns: Math.ceil(RUNS / share) },
      );
    });
  }
}
