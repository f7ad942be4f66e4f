/**
 * Takes frames apart, header by header: captured ones, of which we want the datagram that is carried, and the
 * beginnings that devices sample, of which we want the flow. In: raw bytes, and what they begin with. Out: the headers
 * that are there, filled into a result that is used again. The time a frame takes is bounded by `MAX_LAYERS`, and
 * nothing is allocated.
 */
import { ip, ipv4, ipv6 } from './ip.ts';
import { LAYER, type Layer, type Layers, MAX_LAYERS } from './layers.ts';
import { backboneTag, ethernet, llc, pppoe, vlan } from './link.ts';
import { mpls } from './mpls.ts';
import { icmp, icmpv6, ports, tcp, udp } from './transport.ts';
import { etherip, geneve, gre, gtp, vxlan, vxlanGpe } from './tunnels.ts';

/** Adds the header at `layers.at`, and returns what comes behind it. */
type Step = (bytes: Uint8Array, layers: Layers) => Layer;

const STEPS: Record<Exclude<Layer, typeof LAYER.payload>, Step> = {
  [LAYER.ethernet]: ethernet,
  [LAYER.vlan]: vlan,
  [LAYER.mpls]: mpls,
  [LAYER.pppoe]: pppoe,
  [LAYER.ip]: ip,
  [LAYER.ipv4]: ipv4,
  [LAYER.ipv6]: ipv6,
  [LAYER.gre]: gre,
  [LAYER.vxlan]: vxlan,
  [LAYER.geneve]: geneve,
  [LAYER.tcp]: tcp,
  [LAYER.udp]: udp,
  [LAYER.ports]: ports,
  [LAYER.icmp]: icmp,
  [LAYER.icmpv6]: icmpv6,
  [LAYER.llc]: llc,
  [LAYER.backboneTag]: backboneTag,
  [LAYER.etherip]: etherip,
  [LAYER.gtp]: gtp,
  [LAYER.vxlanGpe]: vxlanGpe,
};

/** Reads the headers from `at` on, of which the first is of kind `first`, up to `end` at most. */
export function dissect(bytes: Uint8Array, at: number, end: number, first: Layer, layers: Layers): void {
  layers.begin(at, end);
  proceed(bytes, first, layers);
}

/** Reads on from `layers.at`, where a header of kind `next` begins. */
export function proceed(bytes: Uint8Array, next: Layer, layers: Layers): void {
  for (let kind = next; kind !== LAYER.payload; ) {
    if (layers.count === MAX_LAYERS) {
      layers.stopped('too many headers');
      return;
    }
    kind = STEPS[kind](bytes, layers);
  }
}
