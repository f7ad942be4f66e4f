/**
 * A backend that misbehaves, over TLS and with tokens: a real server behind a port of its own, whose faults come from a
 * seed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Identity, writeIdentity } from '../../collector/send/identity.fixture.ts';
import { type Answer, listenOtlp } from '../otlp/sink.ts';
import { startFront } from './front.ts';
import { startTally, type Tally } from './tally.ts';

export type Protocol = 'grpc' | 'http/protobuf';

/** What the collector waits for an answer. */
export const TIMEOUT_MS = 1_000;

const ACCEPT: Answer = { kind: 'accept' };

type Fault = {
  name: string;
  /** What the server answers; it accepts unless told. */
  answer?: Answer | ((size: number) => Answer);
  /** What is wrong on the way to it. */
  way?: 'refused' | 'reset' | 'wrong certificate';
  /** The token that the collector has is no longer taken, until the next turn. */
  expires?: true;
  /** Flows are dropped, which the books must say. */
  drops?: true;
  /** Flows may have been taken though the collector does not hear of it. */
  repeats?: true;
};

const refuse = (code: number, message = 'refused by the test', retryAfterSeconds?: number): Answer => ({
  ...{ kind: 'refuse', code, message },
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
});

/** Requests above this are too large for some time. */
const LIMIT = 100_000;
const tooLarge = (answer: Answer) => (size: number) => (size > LIMIT ? answer : ACCEPT);

const FAULTS: Record<Protocol, Fault[]> = {
  grpc: [
    // Those that are worth another try, credentials among them.
    ...[1, 4, 7, 10, 11, 14, 15, 16].map((code): Fault => ({ name: `gRPC ${code}`, answer: refuse(code) })),
    ...[2, 3, 5, 6, 8, 9, 12, 13].map((code): Fault => ({ name: `gRPC ${code}`, answer: refuse(code), drops: true })),
    { name: 'RetryInfo', answer: refuse(8, 'quota', 0.4) },
    {
      name: 'a limit of messages',
      answer: tooLarge(refuse(8, `grpc: received message larger than max (100001 vs. ${LIMIT})`)),
    },
  ],
  'http/protobuf': [
    ...[401, 403, 429, 502, 503, 504].map((code): Fault => ({ name: `HTTP ${code}`, answer: refuse(code) })),
    ...[400, 404, 500, 501].map((code): Fault => ({ name: `HTTP ${code}`, answer: refuse(code), drops: true })),
    { name: 'Retry-After', answer: refuse(503, '', 1) },
    { name: '413', answer: tooLarge(refuse(413)) },
    { name: 'a web page', answer: refuse(200, '<html>'), drops: true },
  ],
};
const COMMON_FAULTS: Fault[] = [
  { name: 'nobody listens', way: 'refused', repeats: true },
  { name: 'reset', way: 'reset', repeats: true },
  { name: 'wrong certificate', way: 'wrong certificate', repeats: true },
  { name: 'an expired token', expires: true },
  { name: 'partial success', answer: { kind: 'partial', rejectedSpans: 1, message: 'one is too old' }, drops: true },
  { name: 'no answer', answer: { kind: 'hang' } },
  { name: 'slow', answer: { kind: 'accept', afterMs: TIMEOUT_MS / 2 } },
  { name: 'too slow', answer: { kind: 'accept', afterMs: 1.5 * TIMEOUT_MS }, repeats: true },
];
/** How often there is no fault. */
const NONE_SHARE = 1 / 6;

export type ChaosBackend = {
  endpoint: string;
  /** Files for the collector: the authority of its certificate, and the headers with the token. */
  caFile: string;
  headersFile: string;
  tally: Tally;
  /** Begins another fault, or none. Each comes once before one comes again. */
  turn(): Pick<Fault, 'name' | 'drops' | 'repeats'>;
  recover(): void;
  close(): Promise<void>;
};

/** `most`: of the numbers of flows; `folder` is for its files. */
export async function startChaosBackend(
  protocol: Protocol,
  random: () => number,
  most: number,
  folder: string,
): Promise<ChaosBackend> {
  const identity = writeIdentity(folder);
  const { caFile } = identity;
  const tally = await startTally({ protocol, tls: pem(identity) }, most);
  // Its authority takes the place of the other's files, which the first server has read already.
  const other = await listenOtlp({ protocol, tls: pem(writeIdentity(join(folder, 'other'))) }, () => refuse(14));
  const front = await startFront();
  const headersFile = join(folder, 'headers.json');
  const faults: Fault[] = [];
  let tokens = 0;

  function behave({ answer = ACCEPT, way, expires }: Fault): void {
    writeFileSync(headersFile, JSON.stringify({ authorization: `Bearer ${tokens}` }));
    const token = `Bearer ${expires ? ++tokens : tokens}`;
    tally.answer(({ size, headers }) => {
      if (headers.authorization !== token) return refuse(protocol === 'grpc' ? 16 : 401, 'the token has expired');
      return typeof answer === 'function' ? answer(size) : answer;
    });
    if (way === 'refused') front.goAway();
    else if (way === 'reset') front.reset();
    else front.passTo(way === 'wrong certificate' ? other.port : tally.port);
  }

  behave({ name: 'none' });
  return {
    endpoint: `https://127.0.0.1:${front.port}`,
    ...{ caFile, headersFile, tally },
    turn() {
      if (faults.length === 0) faults.push(...shuffled([...FAULTS[protocol], ...COMMON_FAULTS], random));
      const fault = random() < NONE_SHARE ? { name: 'none' } : faults.pop()!;
      behave(fault);
      return fault;
    },
    recover: () => behave({ name: 'none' }),
    async close() {
      front.goAway();
      await Promise.all([tally.close(), other.close()]);
    },
  };
}

function pem({ cert, key }: Identity): { cert: string; key: string } {
  return { cert: String(cert), key: String(key) };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
