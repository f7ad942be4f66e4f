/**
 * Facts that devices told of themselves in options data, as collectors keep them and tell each other of them: JSON.
 * What kinds there are, collectors know; a registry and a file pass on those of other versions too.
 */
import * as z from 'zod';
import { adopted, origin, receivedAt } from './origin.ts';

const MAX_KIND = 64;
/** Longest text: 256 bytes of which each may become a character of its own. */
const MAX_TEXT = 512;
const MAX_VALUES = 8;

const text = z.string().max(MAX_TEXT);

export const announcedFact = z.object({
  ...origin,
  receivedAt,
  adopted,
  fact: z
    .object({ kind: z.string().max(MAX_KIND), id: z.union([z.number(), text]) })
    .catchall(z.union([z.number(), text]))
    .refine((fact) => Object.keys(fact).length <= MAX_VALUES, `must have at most ${MAX_VALUES} values`)
    .describe('What it is about, by kind and id, and what is told of that.'),
});

export type AnnouncedFact = z.output<typeof announcedFact>;

/** Facts in a message or file. None in those of versions without; what is no fact to this version is left out. */
export const facts = (max = Number.MAX_SAFE_INTEGER) =>
  z
    .array(z.unknown())
    .max(max)
    .default([])
    .transform((all) =>
      all.flatMap((one) => {
        const { data } = announcedFact.safeParse(one);
        return data ? [data] : [];
      }),
    );

/** Facts that are kept for all exporters together. */
export const MAX_FACTS = 32_768;
