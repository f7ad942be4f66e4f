/**
 * Where the API server is and who we are. In a pod both are files that Kubernetes puts there, and nothing else is
 * loaded; everything else is said by a kubeconfig, which `kubeconfig.ts` reads.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatHostPort } from '../../crds/common/host-port.ts';
import type { Access } from './transport.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * By the files of KUBECONFIG, if it is set; else as the ServiceAccount of the pod that this runs in; else by
 * `~/.kube/config`. Rejects when a kubeconfig can't be read or chooses no cluster.
 */
export async function findAccess(env = process.env, serviceAccount = SERVICE_ACCOUNT): Promise<Access> {
  const { KUBECONFIG, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const file = (name: string) => readFileSync(join(serviceAccount, name), 'utf8');
  if (KUBECONFIG || !host || !port || !existsSync(join(serviceAccount, 'token'))) {
    return (await import('./kubeconfig.ts')).loadKubeConfig();
  }
  return {
    server: new URL(`https://${formatHostPort(host, Number(port))}`),
    // Read each time, which takes microseconds: the token is replaced before its hour is over, the CA when it rotates.
    options: async () => ({ headers: { authorization: `Bearer ${file('token').trim()}` }, ca: file('ca.crt') }),
  };
}
