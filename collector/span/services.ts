/**
 * The services that flows are between, by the networks of both ends: what stands around the span of each, encoded once,
 * to be copied. Bench: test/bench/encode.ts.
 */
import type { ServiceSettings } from '../../crds/spans/services.ts';
import { type Networks, serviceOf } from '../networks/table.ts';
import { attribute, message, spanAttribute } from '../otlp/protobuf-writer.ts';
import { RESOURCE, RESOURCE_SPANS } from '../otlp/tags.ts';
import type { NameOf } from './attributes.ts';
import { ipv4, ipv6 } from './plan/address.ts';

export type Service = {
  /** `ResourceSpans.resource`: the name, and no more. */
  resource: Uint8Array;
  /** What the span of its client says of it: whole attributes. */
  peer: Uint8Array;
};

/** Longest text of an address, and what writing it may overwrite. */
const text = Buffer.alloc(48);
const textView = new DataView(text.buffer, text.byteOffset, text.length);

export class Services {
  /** `ScopeSpans.scope`. */
  readonly scope: Uint8Array;
  readonly #networks: Networks | undefined;
  readonly #nameOf: NameOf;
  readonly #rest: Service;
  readonly #byNumber: readonly Service[];
  /** Those that are addresses, as many as may have a name; undefined where none shall be one. */
  readonly #byAddress: Map<string, Service> | undefined;
  readonly #maxAddresses: number;

  constructor(
    { rest, fallback, max }: ServiceSettings,
    networks: Networks | undefined,
    nameOf: NameOf,
    scope: Uint8Array,
  ) {
    this.scope = scope;
    this.#networks = networks;
    this.#nameOf = nameOf;
    this.#rest = this.#encode(rest);
    const names = networks?.serviceNames ?? [];
    this.#byNumber = [this.#rest, ...names.map((name) => this.#encode(name))];
    this.#byAddress = fallback === 'address' ? new Map() : undefined;
    this.#maxAddresses = max - names.length;
  }

  /** The service of the address of `length` bytes at `at`. */
  of(s: Uint8Array, v: DataView, at: number, length: number): Service {
    const number = this.#networks ? serviceOf(this.#networks, v, at, length === 4) : 0;
    if (number === 0 && this.#byAddress) return this.#ofAddress(s, v, at, length, this.#byAddress);
    return this.#byNumber[number] ?? this.#rest;
  }

  #ofAddress(s: Uint8Array, v: DataView, at: number, length: number, known: Map<string, Service>): Service {
    const end = length === 4 ? ipv4(textView, 0, v.getUint32(at)) : ipv6(text, textView, 0, s, at);
    const address = text.toString('latin1', 0, end);
    let service = known.get(address);
    if (!service) {
      if (known.size >= this.#maxAddresses) return this.#rest;
      service = this.#encode(address);
      known.set(address, service);
    }
    return service;
  }

  #encode(name: string): Service {
    const peers = [this.#nameOf('peer.service'), this.#nameOf('service.peer.name')];
    return {
      resource: message(RESOURCE_SPANS.resource, attribute(RESOURCE.attributes, 'service.name', name)),
      peer: Uint8Array.from(peers.flatMap((peer) => (peer === undefined ? [] : [...spanAttribute(peer, name)]))),
    };
  }
}
