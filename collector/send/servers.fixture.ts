/** Real servers on loopback for the tests of this folder. Each ends with the test that started it. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { Server as GrpcServer, type handleUnaryCall, ServerCredentials } from '@grpc/grpc-js';
import { type CollectorConfig, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import type { Signal } from '../otlp/endpoint.ts';
import type { Identity } from './identity.fixture.ts';
import { createTransport } from './transport.ts';

export const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
export const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

type Otlp = CollectorConfig['otlp'];

export type OtlpChanges = Partial<Omit<Otlp, 'queue'>> & { queue?: Partial<Otlp['queue']> };

/** The configuration's defaults, with some of them changed. */
export function otlpConfig(changes: OtlpChanges = {}): Otlp {
  const { otlp } = collectorConfig.parse({});
  return { ...otlp, ...changes, queue: { ...otlp.queue, ...changes.queue } };
}

/** A transport to `endpoint`, shut down when the test ends. */
export function transportTo(t: TestContext, endpoint: string, changes: OtlpChanges = {}, signal: Signal = 'traces') {
  const log = createLog('error', () => {});
  const transport = createTransport({ ...otlpConfig(changes), endpoint }, signal, 'otlp', log);
  t.after(() => transport.shutdown());
  return transport;
}

/**
 * The reference gRPC server; answers calls of `Export` with `handler`. Returns its `host:port` when it has no `address`
 * of its own.
 */
export async function startGrpcServer(
  t: TestContext,
  handler: handleUnaryCall<Buffer, Buffer>,
  { identity, port = 0, address = `127.0.0.1:${port}` }: { identity?: Identity; port?: number; address?: string } = {},
): Promise<string> {
  const server = new GrpcServer();
  const pass = (bytes: Buffer) => bytes;
  for (const path of [TRACES, METRICS]) {
    const types = {
      requestSerialize: pass,
      requestDeserialize: pass,
      responseSerialize: pass,
      responseDeserialize: pass,
    };
    server.addService({ Export: { path, requestStream: false, responseStream: false, ...types } }, { Export: handler });
  }
  const credentials = identity
    ? ServerCredentials.createSsl(null, [{ private_key: identity.key, cert_chain: identity.cert }])
    : ServerCredentials.createInsecure();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  const bound = await promise;
  t.after(() => server.forceShutdown());
  return `127.0.0.1:${bound}`;
}

/** An HTTP/2 server for what a gRPC server never does. Returns its `host:port`. */
export async function startHttp2Server(
  t: TestContext,
  onStream: (stream: ServerHttp2Stream, connection: Socket, headers: IncomingHttpHeaders) => void,
): Promise<string> {
  const server = createHttp2Server();
  const connections = new Map<number | undefined, Socket>();
  server.on('connection', (socket: Socket) => connections.set(socket.remotePort, socket));
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    onStream(stream, connections.get(stream.session!.socket.remotePort)!, headers);
  });
  return listen(t, server);
}

/** An HTTP/1.1 server. Returns its `host:port`. */
export function startHttpServer(t: TestContext, listener: RequestListener, identity?: Identity): Promise<string> {
  return listen(t, identity ? createHttpsServer(identity, listener) : createHttpServer(listener));
}

async function listen(t: TestContext, server: NetServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
