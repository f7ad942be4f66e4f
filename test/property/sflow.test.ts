/** Whatever agents of sFlow send, the pipeline's spans are the reference's. */
import fc from 'fast-check';
import { FRAMES } from '../../collector/dissect/frames.fixture.ts';
import { LAYER } from '../../collector/dissect/layers.ts';
import {
  counterSample,
  datagram,
  discardedPacket,
  expandedFlowSample,
  flowSample,
  rawHeader,
  record,
  text,
  u32,
  unknownSample,
} from '../../collector/sflow/datagram.fixture.ts';
import { testAgreement } from './agreement.ts';

/** Small numbers decide, and so do those that are too large for their element, or for anything. */
const word = fc.oneof(
  fc.nat(5),
  fc.nat(300),
  fc.nat(100_000),
  fc.constantFrom(2 ** 32 - 1, 2 ** 30 - 1, 2 ** 30, 2 ** 31),
);
const words = (count: number) => fc.array(word, { minLength: count, maxLength: count }).map((all) => u32(...all));
const digits = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((all) => Buffer.from(all).toString('hex'));
const string = fc.oneof(fc.string({ maxLength: 12 }), fc.constant('x'.repeat(300))).map(text);
const list = fc.oneof(
  fc.array(word, { maxLength: 4 }),
  fc.array(fc.constant(4_200_000_000), { minLength: 15, maxLength: 140 }),
);
const listed = list.map((all) => u32(all.length, ...all));
const address = fc.oneof(
  digits(4).map((all) => u32(1) + all),
  digits(16).map((all) => u32(2) + all),
  fc.constant(u32(0)),
);
const mac = digits(6).map((all) => `${all}0000`);
const all = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((made) => made.join(''));
const segments = fc
  .array(
    all(
      fc.constantFrom(1, 2).map((type) => u32(type)),
      listed,
    ),
    { maxLength: 4 },
  )
  .map((made) => u32(made.length) + made.join(''));

const HEADER_PROTOCOLS: Record<number, number> = { [LAYER.ethernet]: 1, [LAYER.ipv4]: 11, [LAYER.ipv6]: 12 };
const raw = fc
  .record({
    made: fc.constantFrom(...FRAMES),
    cut: fc.option(fc.nat(150)),
    protocol: fc.option(fc.constantFrom(1, 4, 7, 11, 12, 13, 14)),
    framing: fc.constantFrom('', '', '21', 'ff030021', '0057'),
  })
  .map(({ made, cut, protocol, framing }) => {
    const frame = framing + made.hex;
    const hex = cut === null ? frame : frame.slice(0, 2 * cut);
    return rawHeader(hex, { protocol: protocol ?? HEADER_PROTOCOLS[made.first] ?? 13, length: hex.length / 2 + 4 });
  });

/** Of each format what its structure is made of. */
const STRUCTURES: Record<number, fc.Arbitrary<string>> = {
  2: all(words(1), mac, mac, words(1)),
  3: all(words(2), digits(8), words(4)),
  4: all(words(2), digits(32), words(4)),
  1001: words(4),
  1002: all(address, words(2)),
  1003: all(address, words(3), segments, listed, words(1)),
  1004: all(words(1), string, words(1), string),
  1005: all(words(1), string, string),
  1006: all(address, listed, listed),
  1007: all(address, address),
  1008: all(string, words(2)),
  1009: all(string, words(2)),
  1010: all(string, words(1)),
  1011: words(1),
  1012: listed,
  1014: all(string, mac, words(7)),
  1015: all(string, mac, words(8)),
  1020: words(2),
  1021: all(words(1), mac, mac, words(1)),
  1022: all(words(1), digits(12), words(1)),
  1023: all(words(2), digits(8), words(4)),
  1026: all(words(2), digits(32), words(4)),
  1029: words(1),
  1030: words(1),
  1036: words(1),
  1037: all(words(1), string, words(1)),
  1038: string,
  1039: words(1),
  1040: words(1),
  1041: all(string, string),
  1042: string,
  // Not known: of sFlow.org, and of others.
  1016: words(3),
  8388609: words(2),
};
const structure = fc
  .tuple(
    fc
      .constantFrom(...Object.keys(STRUCTURES).map(Number))
      .chain((format) => STRUCTURES[format].map((body) => ({ format, body }))),
    fc.option(fc.nat(), { freq: 12 }),
  )
  // Now and then some words are missing, or there are more.
  .map(([{ format, body }, cut]) => {
    if (cut === null) return record(format, body);
    return record(format, cut % 3 === 0 ? `${body}00000001` : body.slice(0, 8 * (cut % (1 + body.length / 8))));
  });
const records = fc.array(fc.oneof({ weight: 1, arbitrary: raw }, { weight: 2, arbitrary: structure }), {
  maxLength: 6,
});

const reason = fc.oneof(fc.nat(400), fc.constant(2 ** 31));
const interfaces = fc.constantFrom(0, 7, 2 ** 30 - 1);
const format = fc.constantFrom(0, 0, 1, 2, 3);
const sample = fc.oneof(
  fc
    .tuple(records, word, format, interfaces, format)
    .map(([records, rate, inputFormat, input, outputFormat]) =>
      flowSample(records, { rate, input: inputFormat * 2 ** 30 + input, output: outputFormat * 2 ** 30 + 258 }),
    ),
  fc.tuple(records, format, interfaces, format, reason, word).map(([records, inputFormat, input, ...rest]) => {
    const [outputFormat, output, sourceClass] = rest;
    return expandedFlowSample(records, { inputFormat, input, outputFormat, output, sourceClass });
  }),
  fc.tuple(records, reason, interfaces).map(([records, reason, input]) => discardedPacket(records, { reason, input })),
  fc.array(structure, { maxLength: 2 }).map((records) => counterSample(records)),
  fc.constant(unknownSample()),
);

const message = fc
  .record({
    samples: fc.array(sample, { maxLength: 4 }),
    agent: fc.constantFrom('', '7f000001', 'c0000201', '00000000', `20010db8${'0'.repeat(24)}`),
    more: fc.constantFrom(0, 0, 0, 1, -1),
    cut: fc.option(fc.nat(), { freq: 12 }),
  })
  .map(({ samples, agent, more, cut }) => {
    const count = Math.max(0, samples.length + more);
    const made = datagram(samples, { agent: agent || 'c0000201', count });
    const bytes = agent === '' ? Buffer.concat([made.subarray(0, 4), Buffer.alloc(4), made.subarray(12)]) : made;
    return cut === null ? bytes : bytes.subarray(0, bytes.length - (cut % (bytes.length - 30)));
  });

testAgreement('sFlow', message, ['flow', 'netflowreceiver', 'full', 'python'], 4);
