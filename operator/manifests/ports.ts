import { GROUP, type NetflowCollectorSpec } from '../../crds/netflowcollector.ts';

/** Annotation of pods: the ports that they have on their nodes, which they do not declare. */
export const PORTS = `${GROUP}/ports`;

/** The ports that the collectors have on their nodes, as `udp/2055`. */
export function portsOf({ listeners, http, metrics }: NetflowCollectorSpec): string[] {
  return [...listeners.map(({ port }) => `udp/${port}`), ...(http.enabled ? [`tcp/${metrics.port}`] : [])];
}
