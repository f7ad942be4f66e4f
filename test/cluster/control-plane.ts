/** etcd, the API server, the controller manager and the scheduler: processes of this machine. */
import { join } from 'node:path';
import { ADMIN_KEYS, API_SERVER_KEYS, AUTHORITY, kubeconfigOf, TOKEN_KEYS } from './keys.ts';
import { kubectl } from './kubectl.ts';
import { AUDIT_LOG, DNS_DOMAIN, ETCD_ADDRESS, GATEWAY, SERVICE_RANGE, WORK } from './layout.ts';
import { kill, start } from './processes.ts';
import { type Tool, tool } from './tools.ts';
import { waitFor } from './wait.ts';

const ETCD = `http://${ETCD_ADDRESS}:12379`;
const ETCD_PEERS = `http://${ETCD_ADDRESS}:12380`;
const READY_SECONDS = 120;

/** Clients throttle themselves; nothing here is shared with others. */
const UNTHROTTLED = ['--kube-api-qps=500', '--kube-api-burst=1000'];
/** There is one of each, and nobody reads their metrics. */
const ALONE = ['--leader-elect=false', '--secure-port=0'];

const COMPONENTS = {
  etcd: [
    `--data-dir=${join(WORK, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${ETCD}`,
    `--listen-peer-urls=${ETCD_PEERS}`,
    `--initial-advertise-peer-urls=${ETCD_PEERS}`,
    `--initial-cluster=default=${ETCD_PEERS}`,
  ],
  'kube-apiserver': [
    `--etcd-servers=${ETCD}`,
    `--bind-address=${GATEWAY}`,
    `--advertise-address=${GATEWAY}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--allow-privileged=true',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--audit-policy-file=${join(import.meta.dirname, 'audit-policy.yaml')}`,
    `--audit-log-path=${AUDIT_LOG}`,
    `--client-ca-file=${AUTHORITY}.crt`,
    `--tls-cert-file=${API_SERVER_KEYS}.crt`,
    `--tls-private-key-file=${API_SERVER_KEYS}.key`,
    `--kubelet-client-certificate=${ADMIN_KEYS}.crt`,
    `--kubelet-client-key=${ADMIN_KEYS}.key`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-issuer=https://kubernetes.default.svc.${DNS_DOMAIN}`,
    `--service-account-key-file=${TOKEN_KEYS}.pub`,
    `--service-account-signing-key-file=${TOKEN_KEYS}.key`,
  ],
  'kube-controller-manager': [
    `--kubeconfig=${kubeconfigOf('kube-controller-manager')}`,
    '--use-service-account-credentials',
    `--service-account-private-key-file=${TOKEN_KEYS}.key`,
    `--root-ca-file=${AUTHORITY}.crt`,
    `--cluster-signing-cert-file=${AUTHORITY}.crt`,
    `--cluster-signing-key-file=${AUTHORITY}.key`,
    ...ALONE,
    ...UNTHROTTLED,
  ],
  'kube-scheduler': [`--kubeconfig=${kubeconfigOf('kube-scheduler')}`, ...ALONE, ...UNTHROTTLED],
} satisfies Partial<Record<Tool, string[]>>;

export type Component = keyof typeof COMPONENTS;

/** Starts what does not run of the control plane, and resolves when the API server is ready. */
export async function startControlPlane(): Promise<void> {
  await waitFor('the API server is ready', READY_SECONDS, () => {
    // Again too, as a kubelet would: an API server that is starting ends when its store goes away.
    for (const name of Object.keys(COMPONENTS) as Component[]) start(name, tool(name), COMPONENTS[name]);
    return kubectl(['get', '--raw', '/readyz']);
  });
}

/** Ends a component as a crash would, starts it again, and resolves when the API server is ready. */
export async function restartComponent(component: Component): Promise<void> {
  await kill(component);
  await startControlPlane();
}

/** Has etcd forget all versions of objects but the present ones, as it does by itself every few minutes. */
export async function compactEtcd(): Promise<void> {
  const ask = async (path: string, body: object) => {
    const response = await fetch(`${ETCD}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd: ${await response.text()}`);
    return (await response.json()) as { header: { revision: string } };
  };
  const { header } = await ask('range', { key: Buffer.from('/').toString('base64') });
  await ask('compaction', { revision: header.revision, physical: true });
}
