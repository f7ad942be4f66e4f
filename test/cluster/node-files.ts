/** What a node's programs are configured by. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerdSocket, programImage } from './images.ts';
import { AUTHORITY, kubeconfigOf } from './keys.ts';
import { DNS_DOMAIN, DNS_SERVICE, type Node, POD_RANGE } from './layout.ts';

/** Writes the files into the node's folder, and makes the folders that become /var/lib and /var/log there. */
export function writeNodeFiles(node: Node, cgroup: string): void {
  for (const folder of ['cni', 'lib', 'log']) mkdirSync(join(node.folder, folder), { recursive: true });
  const write = (file: string, content: string) => writeFileSync(join(node.folder, file), content);
  write('containerd.toml', containerd(node));
  // JSON is YAML.
  write('cni/10-pods.conflist', JSON.stringify(podNetwork(node), null, 2));
  write('kubelet.yaml', JSON.stringify(kubelet(node, cgroup), null, 2));
  write('kube-proxy.yaml', JSON.stringify(kubeProxy(), null, 2));
}

function containerd(node: Node): string {
  return `
version = 2
[grpc]
  address = "${containerdSocket(node)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${programImage('pause')}"
  # Without CAP_SYS_RESOURCE nothing can get an oom_score_adj below its parent's.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(node.folder, 'cni')}"
`;
}

function podNetwork(node: Node): object {
  const ipam = { type: 'host-local', ranges: [[{ subnet: node.pods }]], routes: [{ dst: '0.0.0.0/0' }] };
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function kubelet(node: Node, cgroup: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: `${AUTHORITY}.crt` } },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket(node)}`,
    clusterDomain: DNS_DOMAIN,
    clusterDNS: [DNS_SERVICE],
    // How soon a changed Secret is in a pod: a minute elsewhere, which tests would wait for again and again.
    syncFrequency: '10s',
    // Pods reach nothing but the cluster and this machine.
    resolvConf: '',
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    // A test machine's disk may be nearly full; and nothing could bring back an image that is thrown away.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
  };
}

function kubeProxy(): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: POD_RANGE,
    clientConnection: { kubeconfig: kubeconfigOf('kube-proxy') },
    // The kernel's connection tracking can't be tuned from a network namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
