/** `npm run backends:build`: makes the backends of the tests, unless they are there. It takes Go 1.26 or later. */
import { buildBackends } from './programs.ts';

buildBackends();
