/** How values of lists are called: by their list, and by their place where there are several. */

const NOTHING: ReadonlySet<string> = new Set();

/** What lists are told below: the record, or a record or list in a list. */
export class Scope {
  readonly prefix: string;
  /** What the record has beside its lists. */
  readonly names: ReadonlySet<string>;
  readonly #counts = new Map<string, number>();

  constructor(prefix: string, names: ReadonlySet<string> = NOTHING) {
    this.prefix = prefix;
    this.names = names;
  }

  /** How many places of a name are taken. */
  taken(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** The next of the places of a name. */
  take(name: string): number {
    const place = this.taken(name);
    this.#counts.set(name, place + 1);
    return place;
  }

  /** What a list is called that begins at a place of a name. */
  labelOf(name: string, place: number): string {
    return `${this.prefix}${name}${place === 0 ? '' : `.${place}`}`;
  }
}
