/**
 * HTTP to the API server. The seam of this runtime: tests put a server in its place, and `fenced` a guard before it.
 */
import http, { type OutgoingHttpHeaders } from 'node:http';
import https, { type RequestOptions } from 'node:https';

/** Where the API server is, and who we are. */
export type Access = {
  server: URL;
  /** Headers and TLS options of a request, as they are at this moment; an agent only where a proxy is in between. */
  options(): Promise<RequestOptions>;
};

export type TransportRequest = {
  method: string;
  /** With query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Breaks the request or, later, its body off. */
  signal: AbortSignal;
};

export type TransportResponse = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** To be read to its end or left by `break`: else the connection stays in use until the signal aborts. */
  body: AsyncIterable<Uint8Array>;
};

export type Transport = {
  /** `host:port` of the API server, for metrics. */
  host: string;
  /** Resolves when the headers are there. Rejects with Node's error, or the signal's reason. */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Closes idle connections. */
  close(): void;
};

/** TCP keep-alive probes start after this much silence: below the idle limits of common load balancers. */
const KEEP_ALIVE_MS = 30_000;

/**
 * A transport over kept-alive connections. Tokens and certificates are asked for with each request, and a changed
 * certificate or CA opens new connections, since they are pooled by what they were opened with.
 */
export function createTransport({ server, options: accessOptions }: Access): Transport {
  const secure = server.protocol === 'https:';
  const pool = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
  const agent = secure ? new https.Agent(pool) : new http.Agent(pool);

  return {
    host: server.host,
    async send({ method, path, headers, body, signal }) {
      const options = await accessOptions();
      // Node frames the body of a DELETE only when it is told the length.
      const framing = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const all = { ...(options.headers as OutgoingHttpHeaders), ...headers, ...framing };
      const url = new URL(server.href.replace(/\/$/, '') + path);
      return new Promise((resolve, reject) => {
        const request = (secure ? https : http).request(
          url,
          { agent, ...options, headers: all, method, signal },
          (response) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
        );
        request.on('error', reject);
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
