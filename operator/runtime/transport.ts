/**
 * HTTP to the API server: where it is and who we are comes from a KubeConfig (in-cluster or a kubeconfig file). The
 * seam of this runtime: tests put a server in its place, and `fenced` a guard before it.
 */
import http, { type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

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
 * A transport over kept-alive connections to the current cluster of `kubeConfig`. Tokens and certificates are asked
 * for with each request: the library reads a token file again every minute, and a changed certificate or CA opens new
 * connections, since they are pooled by what they were opened with. Throws when no cluster is configured.
 */
export function createTransport(kubeConfig: KubeConfig): Transport {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) throw new Error('no cluster: run in a pod, or set KUBECONFIG to a file with a current context');
  const { proxyUrl } = cluster;
  const server = new URL(cluster.server);
  const secure = server.protocol === 'https:';
  const pool = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
  const agent = secure ? new https.Agent(pool) : new http.Agent(pool);

  return {
    host: server.host,
    async send({ method, path, headers, body, signal }) {
      const options: https.RequestOptions = {};
      await kubeConfig.applyToHTTPSOptions(options);
      // The library's own agents do not keep connections alive; they are only needed to get through a proxy.
      if (!proxyUrl) options.agent = agent;
      // Node frames the body of a DELETE only when it is told the length.
      const framing = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      options.headers = { ...(options.headers as OutgoingHttpHeaders), ...headers, ...framing };
      const url = new URL(server.href.replace(/\/$/, '') + path);
      return new Promise((resolve, reject) => {
        const request = (secure ? https : http).request(url, { ...options, method, signal }, (response) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
        );
        request.on('error', reject);
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
