/** Names by the file of networks, as dimensions: of the network that an address is in, and of its service. */
import { nameAt } from '../networks/names.ts';
import { labelOf, type Networks, serviceOf } from '../networks/table.ts';
import { NO_NAME, NO_ROOM, type Texts } from './texts.ts';

export class NetworkNames {
  readonly #networks: Networks;
  readonly #column: number;
  readonly #texts: Texts;
  /** By the place of a name: its number. */
  readonly #numbers = new Map<number, number>([[0, NO_NAME]]);

  constructor(networks: Networks, column: number, texts: Texts) {
    this.#networks = networks;
    this.#column = column;
    this.#texts = texts;
  }

  /** The number of the name of the address of `length` bytes at `at`; `NO_NAME` when it has none. */
  numberOf(v: DataView, at: number, length: number): number {
    const { names } = this.#networks;
    const place = names.rows[labelOf(this.#networks, v, at, length === 4) * names.columns + this.#column];
    return this.#numbers.get(place) ?? this.#add(place);
  }

  #add(place: number): number {
    const number = this.#texts.numberOf(nameAt(this.#networks.names, place));
    if (number !== NO_ROOM) this.#numbers.set(place, number);
    return number;
  }
}

/** The service of an address, as `spans.services` draws it; where that takes the address itself, it is the rest. */
export class ServiceNumbers {
  readonly #networks: Networks | undefined;
  readonly #rest: string;
  readonly #texts: Texts;
  readonly #numbers = new Map<number, number>();

  constructor(networks: Networks | undefined, rest: string, texts: Texts) {
    this.#networks = networks;
    this.#rest = rest;
    this.#texts = texts;
  }

  /** The number of the name of the service of the address of `length` bytes at `at`. */
  numberOf(v: DataView, at: number, length: number): number {
    const service = this.#networks ? serviceOf(this.#networks, v, at, length === 4) : 0;
    return this.#numbers.get(service) ?? this.#add(service);
  }

  #add(service: number): number {
    const number = this.#texts.numberOf(this.#networks?.serviceNames[service - 1] ?? this.#rest);
    if (number !== NO_ROOM) this.#numbers.set(service, number);
    return number;
  }
}
