/** A backend that misbehaves: a real server on one port whose faults are drawn from a seed. */
import { pick } from '../../crds/common/random.ts';
import type { Span } from '../otlp/decode.ts';
import { type Answer, type Sink, startSink } from '../otlp/sink.ts';

const ACCEPT: Answer = { kind: 'accept' };

type Fault = { name: string; answer: Answer | ((size: number) => Answer) };

const refuse = (code: number, message = 'refused by the test', retryAfterSeconds?: number): Answer => ({
  ...{ kind: 'refuse', code, message },
  ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
});

/** Requests above this are too large for some time. */
const LIMIT = 100_000;
const tooLarge = (answer: Answer) => (size: number) => (size > LIMIT ? answer : ACCEPT);

const GRPC_FAULTS: Fault[] = [
  // Those that are worth another try, credentials among them, twice: what is refused for good is soon told.
  ...[1, 4, 7, 10, 11, 14, 15, 16].flatMap((code): Fault[] =>
    Array(2).fill({ name: `gRPC ${code}`, answer: refuse(code) }),
  ),
  ...[2, 3, 5, 6, 8, 9, 12, 13].map((code): Fault => ({ name: `gRPC ${code}`, answer: refuse(code) })),
  { name: 'RetryInfo', answer: refuse(8, 'quota', 0.4) },
  {
    name: 'a limit of messages',
    answer: tooLarge(refuse(8, `grpc: received message larger than max (100001 vs. ${LIMIT})`)),
  },
];
const HTTP_FAULTS: Fault[] = [
  ...[401, 403, 429, 502, 503, 504, 401, 403, 429, 502, 503, 504, 400, 404, 500].map(
    (status): Fault => ({ name: `HTTP ${status}`, answer: refuse(status) }),
  ),
  { name: 'Retry-After', answer: refuse(503, '', 1) },
  { name: '413', answer: tooLarge(refuse(413)) },
  { name: 'a web page', answer: refuse(200, '<html>') },
];
const COMMON_FAULTS: Fault[] = [
  { name: 'partial success', answer: { kind: 'partial', rejectedSpans: 1, message: 'one is too old' } },
  { name: 'no answer', answer: { kind: 'hang' } },
];

export type ChaosBackend = {
  endpoint: string;
  /** Spans that were accepted, of all its lives. */
  spans(): Span[];
  /** Spans that it said it rejected, though it keeps them. */
  rejected(): number;
  /** Begins another fault, or none; returns its name. */
  turn(): Promise<string>;
  recover(): Promise<void>;
  close(): Promise<void>;
};

export async function startChaosBackend(
  protocol: 'grpc' | 'http/protobuf',
  random: () => number,
): Promise<ChaosBackend> {
  const faults = [...(protocol === 'grpc' ? GRPC_FAULTS : HTTP_FAULTS), ...COMMON_FAULTS];
  let sink: Sink | undefined = await startSink({ protocol });
  const { port, endpoint } = sink;
  const earlier: Span[] = [];
  let rejected = 0;

  /** Nobody listens: what is under way breaks. */
  async function goAway(): Promise<void> {
    if (sink) earlier.push(...sink.spans());
    await sink?.close();
    sink = undefined;
  }

  async function behave({ answer }: Fault): Promise<void> {
    sink ??= await startSink({ protocol, port });
    sink.answer(({ size }) => {
      const given = typeof answer === 'function' ? answer(size) : answer;
      if (given.kind === 'partial') rejected += given.rejectedSpans;
      return given;
    });
  }

  return {
    endpoint,
    spans: () => [...earlier, ...(sink?.spans() ?? [])],
    rejected: () => rejected,
    async turn() {
      const draw = random();
      if (draw < 0.3) {
        await behave({ name: 'none', answer: ACCEPT });
        return 'none';
      }
      if (draw < 0.4) {
        await goAway();
        return 'nobody listens';
      }
      const fault = pick(random, faults);
      await behave(fault);
      return fault.name;
    },
    recover: () => behave({ name: 'none', answer: ACCEPT }),
    close: goAway,
  };
}
