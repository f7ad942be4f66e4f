/** The cluster's certificate authority, a certificate for each who speaks to another, and kubeconfigs. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../image/command.ts';
import { API_SERVER, API_SERVICE, DNS_DOMAIN, GATEWAY, KUBECONFIG, type Node, WORK } from './layout.ts';

const KEYS = join(WORK, 'keys');
/** Each a path without `.crt` and `.key`. */
export const AUTHORITY = join(KEYS, 'authority');
export const API_SERVER_KEYS = join(KEYS, 'kube-apiserver');
export const ADMIN_KEYS = join(KEYS, 'admin');
/** A path without `.key` and `.pub`: what signs the tokens of service accounts. */
export const TOKEN_KEYS = join(KEYS, 'tokens');

/** Where the kubeconfig of one who speaks to the API server is. */
export const kubeconfigOf = (name: string): string => join(WORK, `${name}.kubeconfig`);

const API_SERVER_NAMES = [
  ...[GATEWAY, API_SERVICE].map((address) => `IP:${address}`),
  ...['', '.default', '.default.svc', `.default.svc.${DNS_DOMAIN}`].map((domain) => `DNS:kubernetes${domain}`),
];

/** Makes what is missing of the keys. */
export function createKeys(nodes: readonly Node[]): void {
  mkdirSync(KEYS, { recursive: true, mode: 0o700 });
  certificate(AUTHORITY, '/CN=netflow2traces-test', ['basicConstraints=critical,CA:TRUE']);
  if (!existsSync(`${TOKEN_KEYS}.pub`)) createTokenKeys();
  signed(API_SERVER_KEYS, '/CN=kube-apiserver', [`subjectAltName=${API_SERVER_NAMES.join()}`]);
  kubeconfig(KUBECONFIG, ADMIN_KEYS, '/O=system:masters/CN=admin');
  for (const name of ['kube-controller-manager', 'kube-scheduler', 'kube-proxy']) {
    kubeconfig(kubeconfigOf(name), join(KEYS, name), `/CN=system:${name}`);
  }
  for (const { name } of nodes) {
    kubeconfig(kubeconfigOf(name), join(KEYS, name), `/O=system:nodes/CN=system:node:${name}`);
  }
}

function signed(path: string, subject: string, extensions: readonly string[] = []): void {
  const usage = 'extendedKeyUsage=clientAuth,serverAuth';
  certificate(path, subject, [usage, ...extensions], ['-CA', `${AUTHORITY}.crt`, '-CAkey', `${AUTHORITY}.key`]);
}

function certificate(
  path: string,
  subject: string,
  extensions: readonly string[],
  signer: readonly string[] = [],
): void {
  if (existsSync(`${path}.crt`)) return;
  // A configuration of our own: the system's would add extensions that contradict ours.
  const config = join(KEYS, 'openssl.cnf');
  writeFileSync(config, '[req]\ndistinguished_name = name\n[name]\n');
  command('openssl', [
    ...['req', '-x509', '-config', config, '-days', '365', '-subj', subject, ...signer],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...extensions.flatMap((extension) => ['-addext', extension]),
    ...['-keyout', `${path}.key`, '-out', `${path}.crt`],
  ]);
}

function createTokenKeys(): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  writeFileSync(`${TOKEN_KEYS}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(`${TOKEN_KEYS}.pub`, publicKey.export({ type: 'spki', format: 'pem' }));
}

function kubeconfig(file: string, keys: string, subject: string): void {
  signed(keys, subject);
  const data = (path: string) => readFileSync(path).toString('base64');
  const cluster = { server: API_SERVER, 'certificate-authority-data': data(`${AUTHORITY}.crt`) };
  const user = { 'client-certificate-data': data(`${keys}.crt`), 'client-key-data': data(`${keys}.key`) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
