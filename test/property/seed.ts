/**
 * Preloaded by `npm test`: properties are checked on the same cases in every run, unless `PROPERTY_SEED` says otherwise
 * (a failure prints its seed). A test file run alone explores anew each time.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 7011) });
