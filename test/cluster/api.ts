import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';

/** Requests to the API server without a process for each, as kubectl would need. */
export type Api = {
  /** `path` is from the root; `body` is sent as JSON of that type. */
  send(method: string, path: string, type: string, body: unknown): Promise<{ status: number; body: unknown }>;
  close(): void;
};

export async function connectApi(kubeconfig: string, connections: number): Promise<Api> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await config.applyToHTTPSOptions(options);
  const { server } = config.getCurrentCluster()!;
  const { ca, cert, key, rejectUnauthorized } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca, cert, key, rejectUnauthorized });
  const authorization = options.headers as Record<string, string> | undefined;

  return {
    send: (method, path, type, body) =>
      new Promise((resolve, reject) => {
        const headers = { ...authorization, 'content-type': type };
        const outgoing = request(new URL(path, server), { method, agent, headers }, (incoming) => {
          json(incoming).then((body) => resolve({ status: incoming.statusCode!, body }), reject);
        });
        outgoing.on('error', reject);
        outgoing.end(JSON.stringify(body));
      }),
    close: () => agent.destroy(),
  };
}
