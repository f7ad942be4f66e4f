/** What the operator's flags say of collectors; it counts where their resource says nothing else. */
export type CollectorDefaults = {
  /** Of new collectors. */
  image: string;
  /** When kubelets pull that image; without it, as Kubernetes does by default. */
  pullPolicy?: PullPolicy;
  /** Names of Secrets in the namespace of the resource, to pull any image with. */
  pullSecrets: readonly string[];
  /** Of all PodMonitors: labels by which a Prometheus selects them, and how often it scrapes. */
  podMonitor: { labels: Record<string, string>; interval?: string };
};

export const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'] as const;
export type PullPolicy = (typeof PULL_POLICIES)[number];
