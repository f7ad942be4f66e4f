/**
 * The sink as a program, for a pod: OTLP over gRPC on port 4317, and on 8080 what tests tell and ask it.
 *
 *     PUT /demands    what clients must show from now on; until then nobody is listening for them
 *     GET /received   what came, by node
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Answer, type Sink, type SinkRequest, startSink } from './sink.ts';

export type Demands = {
  /** PEM texts: the server's certificate, its key, and who must have signed that of a client. */
  tls: { cert: string; key: string; ca: string };
  /** Values of the header `authorization` that are let in. */
  authorization: string[];
};

/**
 * By the attribute `k8s.node.name`. `flows`: spans of flows, each counted once. `authorization`: of the last request.
 */
export type Received = Record<string, { flows: number; authorization: string }>;

const UNAUTHENTICATED = 16;
const flows = new Map<string, Set<string>>();
const last = new Map<string, string>();
let sink: Sink | undefined;

createServer(async (request, response) => {
  if (request.method === 'PUT') await listen((await json(request)) as Demands);
  const received = [...flows].map(
    ([node, ids]) => [node, { flows: ids.size, authorization: last.get(node)! }] as const,
  );
  response.setHeader('content-type', 'application/json').end(JSON.stringify(Object.fromEntries(received)));
}).listen(8080);

/** Breaks all connections. */
async function listen({ tls, authorization }: Demands): Promise<void> {
  await sink?.close();
  sink = await startSink({ protocol: 'grpc', tls, host: '0.0.0.0', port: 4317 });
  sink.answer((request) => answer(request, authorization));
}

function answer({ headers, spans }: SinkRequest, authorization: readonly string[]): Answer {
  if (!authorization.includes(headers.authorization)) {
    return { kind: 'refuse', code: UNAUTHENTICATED, message: 'not one of the tokens' };
  }
  for (const { name, spanId, resource } of spans) {
    const node = String(resource['k8s.node.name']);
    last.set(node, headers.authorization);
    if (!flows.has(node)) flows.set(node, new Set());
    if (name.startsWith('flow_')) flows.get(node)!.add(spanId);
  }
  return { kind: 'accept' };
}
