/** The services that rows of the file name: each gets a number, in the order of the file. */
import type { Cidr } from '../../crds/selection/address.ts';
import type { ServiceSettings } from '../../crds/spans/services.ts';

/** Of an address that has no service of its own. */
export const REST = 0;

export class ServiceNames {
  /** From number 1 on. */
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #columns: readonly number[];
  readonly #settings: ServiceSettings;

  /** `columns` are those of the file. */
  constructor(columns: readonly string[], settings: ServiceSettings) {
    this.#settings = settings;
    this.#columns = settings.columns.map((name) => columns.indexOf(name)).filter((column) => column >= 0);
  }

  /** The number of a row's service. */
  numberOf(values: readonly string[], prefix: Cidr): number {
    const named = this.#columns.map((column) => values[column]).find((value) => value !== '');
    const name = named ?? (this.#settings.fallback === 'prefix' ? String(prefix) : undefined);
    if (name === undefined || name === this.#settings.rest) return REST;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= this.#settings.max) return REST;
    this.#numbers.set(name, this.names.push(name));
    return this.names.length;
  }
}
