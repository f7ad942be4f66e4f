/**
 * Access to the API server by a kubeconfig. The only file that loads `@kubernetes/client-node`, which knows every way
 * to prove who one is, and only loaded itself where there is a kubeconfig: that is 1.8 MB of code.
 */
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Access } from './transport.ts';

/** By KUBECONFIG or `~/.kube/config`. Throws when a file can't be read or chooses no cluster. */
export function loadKubeConfig(): Access {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  return accessBy(kubeConfig);
}

/** By the current context. The library reads a token file again every minute. Throws when there is no cluster. */
export function accessBy(kubeConfig: KubeConfig): Access {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) throw new Error('no cluster: run in a pod, or set KUBECONFIG to a file with a current context');
  return {
    server: new URL(cluster.server),
    async options() {
      const options: RequestOptions = {};
      await kubeConfig.applyToHTTPSOptions(options);
      // The library's own agents do not keep connections alive; they are only needed to get through a proxy.
      if (!cluster.proxyUrl) delete options.agent;
      return options;
    },
  };
}
