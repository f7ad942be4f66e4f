/**
 * Preloaded by `npm test`: properties are checked on the same cases in every run, unless `PROPERTY_SEED` is a number
 * or, as `npm run test:long` sets it, `fresh`. A failure says how to have it again. A test file run alone explores anew
 * each time.
 */
import fc from 'fast-check';

const { PROPERTY_SEED = '7011', PROPERTY_RUNS } = process.env;

fc.configureGlobal({
  seed: PROPERTY_SEED === 'fresh' ? Math.floor(Math.random() * 2 ** 31) : Number(PROPERTY_SEED),
  reporter: report,
});

function report(details: fc.RunDetails<unknown>): void {
  if (!details.failed) return;
  const variables = [`PROPERTY_SEED=${details.seed}`, ...(PROPERTY_RUNS ? [`PROPERTY_RUNS=${PROPERTY_RUNS}`] : [])];
  const again = `${variables.join(' ')} node --import ./test/property/seed.ts --test FILE`;
  throw new Error(`${fc.defaultReportMessage(details)}\n\nOnce more: ${again}`, { cause: details.errorInstance });
}
