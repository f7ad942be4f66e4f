/** Where a collector's files are in its pod. The collector learns of them from its configuration alone. */

export const CONFIG_DIR = '/etc/netflow2traces/config';
/** Name of the configuration file, and its key in the ConfigMap. */
export const CONFIG_FILE = 'collector.yaml';

/** Mounted Secret: its files change while the pod runs. */
export const CREDENTIALS_DIR = '/etc/netflow2traces/otlp';
/** Names of the files, and keys in the Secret. Those of certificates are as in Secrets of type kubernetes.io/tls. */
export const CREDENTIALS = {
  ca: 'ca.crt',
  cert: 'tls.crt',
  key: 'tls.key',
  headers: 'headers.json',
  metricsHeaders: 'metrics-headers.json',
  httpToken: 'http-token',
} as const;

/** Names of networks, under one name whatever their key is. The file changes while the pod runs. */
export const NETWORKS_DIR = '/etc/netflow2traces/networks';
export const NETWORKS_FILE = 'networks.csv';

/** The user's elements, likewise. */
export const ELEMENTS_DIR = '/etc/netflow2traces/elements';
export const ELEMENTS_FILE = 'elements.csv';

/** Files by which collectors find the operator, named in `REPORT_FILES`. They change while the pod runs. */
export const REPORTS_DIR = '/etc/netflow2traces/reports';

/** Kept while the pod is on its node, also when the container is restarted. */
export const STATE_DIR = '/var/lib/netflow2traces';
export const LIVE_FILE = `${STATE_DIR}/live`;
export const READY_FILE = `${STATE_DIR}/ready`;

/** Where the volume of the spool is. */
export const SPOOL_DIR = '/var/spool/netflow2traces';
export const SPOOL_VOLUME = 'spool';
