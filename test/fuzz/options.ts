/** The command line of the fuzzer. */
import { parseArgs } from 'node:util';

/** Parts of the decoder that are fuzzed by themselves. */
const PARTS = ['dissector', 'lists', 'sflow'] as const;
export type Part = (typeof PARTS)[number];

const TARGETS = ['packets', 'operator', ...PARTS] as const;

export const USAGE = `npm run fuzz -- [OPTIONS]

  --target NAME      packets; operator: what collectors tell it, reports and exchanges; or a part of the decoder by
                     itself: dissector, lists, sflow. (default: packets)
  --executions N     Stop after so many. (default: never)
  --seconds N        Stop after this time. (default: never; without either, 60)
  --seed N           Where chance starts from. (default: chosen, and printed)
  --save DIR         Where failing inputs go. (default: fuzz-failures)
  --captures PATH    Capture files or folders to start from, besides the corpus; may be repeated.
                     (default: test/captures)
  --no-coverage      Do not look at what inputs reach: faster, and finds no new inputs to start from.
  --write-corpus     At the end, replace test/fuzz/corpus by the fewest inputs that reach as much.
  --missing          At the end, print what was not reached.
  --repeat FILE      Run one input, of the corpus or of a failure, and say what it does.
`;

export type Options = {
  target: 'packets' | 'operator' | Part;
  executions: number;
  seconds: number;
  seed: number;
  save: string;
  captures: string[];
  coverage: boolean;
  writeCorpus: boolean;
  missing: boolean;
  repeat: string | undefined;
};

/** Throws with a message for the user when the command line is not understood. */
export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      target: { type: 'string', default: 'packets' },
      executions: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      save: { type: 'string', default: 'fuzz-failures' },
      captures: { type: 'string', multiple: true, default: ['test/captures'] },
      coverage: { type: 'boolean', default: true },
      'write-corpus': { type: 'boolean', default: false },
      missing: { type: 'boolean', default: false },
      repeat: { type: 'string' },
    },
  });
  const target = TARGETS.find((name) => name === values.target);
  if (!target) throw new Error(`--target must be one of ${TARGETS.join(', ')}`);
  const endless = values.executions === undefined ? 60 : Infinity;
  return {
    target,
    executions: wholeNumber('--executions', values.executions) ?? Infinity,
    seconds: wholeNumber('--seconds', values.seconds) ?? endless,
    seed: wholeNumber('--seed', values.seed) ?? Math.floor(Math.random() * 2 ** 32),
    save: values.save,
    captures: values.captures,
    coverage: values.coverage,
    writeCorpus: values['write-corpus'],
    missing: values.missing,
    repeat: values.repeat,
  };
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new Error(`${option} must be a whole number, not ${text}`);
  return Number(text);
}
