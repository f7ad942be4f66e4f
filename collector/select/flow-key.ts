/**
 * The randomness of a flow, for consistent probability sampling: 56 bits that depend on nothing but who talks to whom,
 * so that both directions of a conversation, and every collector that sees it, come to the same decision.
 */
import type { Template } from '../decode/template.ts';
import type { PlanContext } from '../span/plan/context.ts';
import { emitProtocol, IS_ICMP } from '../span/plan/protocol.ts';
import { compileByReading } from '../span/plan/readings.ts';
import { type Column, columnOf } from './columns.ts';

/** Two hashes of one key, each of 32 bits. */
const SEEDS = [0x9e3779b9, 0x85ebca6b] as const;

/** 56 random bits: the upper 32, and in `low` the other 24, both unsigned. */
export class Randomness {
  high = 0;
  low = 0;
}

/**
 * Puts the randomness of the record at `o`, which ends at `end`, into `into`. Records of variable length set `c.next`.
 */
export type KeyPlan = (
  s: Uint8Array,
  v: DataView,
  o: number,
  end: number,
  into: Randomness,
  c: Pick<PlanContext, 'next'>,
) => void;

/**
 * Compiles the key of a template's records: addresses, ports and protocol; ICMP has no ports. Records without addresses
 * are told apart by all that they hold.
 */
export function compileKeyPlan(template: Template): KeyPlan {
  return compileByReading(
    template,
    (name) => name,
    'keyOfRecord',
    's, v, o, end, into, c',
    (code, fields) => {
      const column = (name: string) => columnOf(name, fields, template.version);
      const [source, destination] = [column('source.address'), column('destination.address')];
      if (source?.kind !== 'address' && destination?.kind !== 'address') {
        code.line(`${code.constant(hashRecord)}(s, o, end, into);`);
        return;
      }
      emitProtocol(code, fields);
      const port = (name: string): string => {
        const found = column(name);
        return found?.kind === 'number' ? `(${IS_ICMP} ? 0 : ${found.value})` : '0';
      };
      const ends = [
        [...addressWords(source), port('source.port')],
        [...addressWords(destination), port('destination.port')],
      ];
      for (const [index, words] of ends.entries()) {
        for (const [word, value] of words.entries()) code.line(`const w${index}${word} = ${value};`);
      }
      const hash = code.constant(hashEndpoint);
      const names = ends.map((words, index) => words.map((_, word) => `w${index}${word}`).join(', '));
      const sum = (seed: number): string => `${hash}(${seed}, ${names[0]}) + ${hash}(${seed}, ${names[1]}) | 0`;
      code.line(`${code.constant(finish)}(into, ${sum(SEEDS[0])}, ${sum(SEEDS[1])}, Math.max(0, t));`);
    },
  );
}

/** An address as four words; one of IPv4 is the last. */
function addressWords(column: Column | undefined): string[] {
  const forms = column?.kind === 'address' ? column.forms : [];
  return [0, 1, 2, 3].map((index) =>
    forms.reduceRight((rest, { when, family, words }) => {
      const word = words[family === 6 ? index : index - 3] ?? '0';
      return `(${when} ? ${word} : ${rest})`;
    }, '0'),
  );
}

/** MurmurHash3's mixing of words, without its finish. */
function hashEndpoint(seed: number, a: number, b: number, c: number, d: number, port: number): number {
  return finalize(mix(mix(mix(mix(mix(seed, a), b), c), d), port));
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** MurmurHash3's finish: each bit of the input changes half of the output's. */
function finalize(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function finish(into: Randomness, first: number, second: number, protocol: number): void {
  into.high = finalize(mix(first, protocol)) >>> 0;
  into.low = finalize(mix(second, protocol)) >>> 8;
}

function hashRecord(s: Uint8Array, o: number, end: number, into: Randomness): void {
  let [first, second]: readonly number[] = SEEDS;
  for (let at = o; at < end; at++) {
    first = mix(first, s[at]);
    second = mix(second, s[at]);
  }
  finish(into, first, second, end - o);
}
