/**
 * Options data (RFC 3954 §6, RFC 7011 §3.4.2): what a device says of itself. In: a record; out: facts of a closed set,
 * each about one thing that the device numbers or names.
 */
import { recordEnd, type Template, VARIABLE_LENGTH } from '../decode/template.ts';
import { applicationKey, routeDistinguisher, textOf } from './identifiers.ts';
import { isInterval, samplingInterval } from './sampling-interval.ts';
import { describedElement, type ElementFact } from './type-records.ts';

/** What a rate may be told of, the most specific first. */
export const RATE_KINDS = [
  'selector',
  'sampler',
  'sampler name',
  'interface',
  'template',
  'line card',
  'domain',
] as const;
export type RateKind = (typeof RATE_KINDS)[number];

/** Number or name of the thing that a fact is about; 0 where there is one only. */
export type FactId = number | string;

/**
 * What is told of one thing. Of names and descriptions only those that the record has: an empty one says that there is
 * none, one that is left out says nothing.
 */
export type Fact =
  /** When the exporter was started, in Unix milliseconds. */
  | { kind: 'boot'; id: 0; ms: number }
  /** The device behind a mediator; 4 or 16 bytes in hexadecimal. */
  | { kind: 'original exporter'; id: 0; address: string }
  /** Packets that the observed one stands for: at least 1, may be a fraction; 0: the device tells none any longer. */
  | RateFact
  | { kind: 'interface'; id: number; name?: string; description?: string }
  | { kind: 'vrf'; id: number; name?: string; distinguisher?: string }
  /** Its id is that of `applicationKey`. */
  | { kind: 'application'; id: FactId; name?: string; description?: string }
  | ElementFact;

export type RateFact = { [K in RateKind]: { kind: `rate of ${K}`; id: FactId; interval: number } }[RateKind];

export type FactKind = Fact['kind'];

const [BOOT_TIME, EXPORTER_IPV4, EXPORTER_IPV6] = [160, 130, 131];
const OBSERVATION_DOMAIN = 149;
const [SELECTOR, SAMPLER, SAMPLER_NAME] = [302, 48, 84];
const INTERFACES = [10, 14, 252, 253];
const [TEMPLATE, LINE_CARD] = [145, 141];
const [INTERFACE_NAME, INTERFACE_DESCRIPTION] = [82, 83];
const VRFS = [234, 235];
const [VRF_NAME, ROUTE_DISTINGUISHER] = [236, 90];
const [APPLICATION, APPLICATION_NAME, APPLICATION_DESCRIPTION] = [95, 96, 94];

/**
 * Scope types of v9 (RFC 3954 §6.1), which are no elements, and the elements of the same meaning; others: all of it.
 */
const V9_SCOPES: Record<number, number | undefined> = { 1: undefined, 2: 10, 3: LINE_CARD, 4: undefined, 5: TEMPLATE };

/** A fact as others tell it: maybe of a kind, or with values, that this version does not know. */
export type ToldFact = { kind: string; id: FactId; [value: string]: FactId };

type ValueTypes = Record<string, 'number' | 'string'>;

/** What each kind has besides: all of the first, and any of the others. */
const VALUES: Record<FactKind, readonly [all: ValueTypes, any?: ValueTypes]> = {
  boot: [{ ms: 'number' }],
  'original exporter': [{ address: 'string' }],
  'rate of selector': [{ interval: 'number' }],
  'rate of sampler': [{ interval: 'number' }],
  'rate of sampler name': [{ interval: 'number' }],
  'rate of interface': [{ interval: 'number' }],
  'rate of template': [{ interval: 'number' }],
  'rate of line card': [{ interval: 'number' }],
  'rate of domain': [{ interval: 'number' }],
  interface: [{}, { name: 'string', description: 'string' }],
  vrf: [{}, { name: 'string', distinguisher: 'string' }],
  application: [{}, { name: 'string', description: 'string' }],
  element: [{}, { name: 'string', type: 'number' }],
};

/** What others told, as far as it is known here; undefined when its kind is not, or values are missing or wrong. */
export function factOf(told: ToldFact): Fact | undefined {
  const values = Object.hasOwn(VALUES, told.kind) ? VALUES[told.kind as FactKind] : undefined;
  if (!values) return undefined;
  const [all, any = {}] = values;
  const complete = Object.entries(all).every(([name, type]) => typeof told[name] === type);
  const sound = Object.entries(any).every(([name, type]) => told[name] === undefined || typeof told[name] === type);
  if (!complete || !sound || !(told.interval === undefined || told.interval === 0 || isInterval(Number(told.interval))))
    return undefined;
  if (told.address !== undefined && !/^([0-9a-f]{8}|[0-9a-f]{32})$/.test(String(told.address))) return undefined;
  const names = ['kind', 'id', ...Object.keys(all), ...Object.keys(any)].filter((name) => told[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, told[name]])) as Fact;
}

export type OptionsRecord = {
  /** The observation domain that is described, when it is not the message's own. */
  domain?: number;
  facts: Fact[];
  /** Where the record ends. */
  next: number;
};

/** Reads the options record at `offset`, which must be complete. */
export function readFacts(template: Template, bytes: Buffer, offset: number, end: number): OptionsRecord {
  const values = new OptionValues(template, bytes, offset);
  const domain = template.version === 10 ? values.bytes(OBSERVATION_DOMAIN, 4)?.readUInt32BE() : undefined;
  const element = template.version === 10 ? describedElement(values) : undefined;
  const facts = [...ofDevice(values), ...ofRates(values), ...ofNames(values), ...(element ? [element] : [])];
  return { ...(domain !== undefined && { domain }), facts, next: recordEnd(template, bytes, offset, end) };
}

function* ofDevice(values: OptionValues): Iterable<Fact> {
  const ms = values.number(BOOT_TIME) ?? 0;
  if (ms > 0) yield { kind: 'boot', id: 0, ms };
  const isSet = (address: Buffer | undefined) => address?.some((byte) => byte !== 0);
  const address = [values.bytes(EXPORTER_IPV4, 4), values.bytes(EXPORTER_IPV6, 16)].find(isSet);
  if (address) yield { kind: 'original exporter', id: 0, address: address.toString('hex') };
}

/** A rate of each sampler that is named, else, or if it is the scope, of what is most specific. */
function* ofRates(values: OptionValues): Iterable<Fact> {
  const interval = samplingInterval(values);
  if (interval === undefined) return;
  const samplerName = values.text(SAMPLER_NAME);
  const samplers: [RateKind, FactId | undefined][] = [
    ['selector', values.number(SELECTOR)],
    ['sampler', values.number(SAMPLER)],
    ['sampler name', samplerName === '' ? undefined : samplerName],
  ];
  const named = samplers.filter((sampler): sampler is [RateKind, FactId] => sampler[1] !== undefined);
  for (const [kind, id] of named) yield { kind: `rate of ${kind}`, id, interval };
  if ([SELECTOR, SAMPLER, SAMPLER_NAME].some((element) => values.isScope(element))) return;
  const others: [RateKind, readonly number[]][] = [
    ['interface', INTERFACES],
    ['template', [TEMPLATE]],
    ['line card', [LINE_CARD]],
  ];
  const scope = others.find(([, elements]) => elements.some((element) => values.isScope(element)));
  if (!scope && named.length > 0) return;
  const [kind, elements] = scope ??
    others.find(([, elements]) => values.index(elements) !== undefined) ?? ['domain', []];
  const id = kind === 'domain' ? 0 : values.index(elements);
  if (id !== undefined) yield { kind: `rate of ${kind}`, id, interval };
}

function* ofNames(values: OptionValues): Iterable<Fact> {
  const ofInterface = values.index(INTERFACES);
  const names = withValues({ name: values.text(INTERFACE_NAME), description: values.text(INTERFACE_DESCRIPTION) });
  if (ofInterface !== undefined && names) yield { kind: 'interface', id: ofInterface, ...names };

  const vrf = values.index(VRFS);
  const octets = values.bytes(ROUTE_DISTINGUISHER, 8);
  const ofVrf = withValues({ name: values.text(VRF_NAME), distinguisher: octets && routeDistinguisher(octets) });
  if (vrf !== undefined && ofVrf) yield { kind: 'vrf', id: vrf, ...ofVrf };

  const application = values.bytes(APPLICATION);
  const description = values.text(APPLICATION_DESCRIPTION);
  const ofApplication = withValues({ name: values.text(APPLICATION_NAME), description });
  const id = application ? applicationKey(application, 0, application.length) : '';
  if (id !== '' && ofApplication) yield { kind: 'application', id, ...ofApplication };
}

/** Without what is undefined; undefined when nothing is left. */
function withValues<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } | undefined {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return present.length > 0 ? (Object.fromEntries(present) as { [K in keyof T]?: string }) : undefined;
}

/** The values of a record, by element of IANA; of one that occurs again, the first. */
class OptionValues {
  readonly #places = new Map<number, Buffer>();
  readonly #scopes = new Set<number>();

  constructor(template: Template, bytes: Buffer, offset: number) {
    let at = offset;
    for (const [index, field] of template.fields.entries()) {
      let { length } = field;
      if (length === VARIABLE_LENGTH) {
        length = bytes[at++];
        if (length === 255) {
          length = bytes.readUInt16BE(at);
          at += 2;
        }
      }
      const isScope = index < template.scopeFieldCount;
      const isType = isScope && template.version === 9 && field.id in V9_SCOPES;
      const id = isType ? V9_SCOPES[field.id] : field.id;
      if (field.pen === 0 && id !== undefined && length > 0 && !this.#places.has(id)) {
        this.#places.set(id, bytes.subarray(at, at + length));
        if (isScope) this.#scopes.add(id);
      }
      at += length;
    }
  }

  isScope(element: number): boolean {
    return this.#scopes.has(element);
  }

  /** The value as it is, when it has that many bytes. */
  bytes(element: number, length?: number): Buffer | undefined {
    const value = this.#places.get(element);
    return value && (length ?? value.length) === value.length ? value : undefined;
  }

  /** An unsigned integer of 1 to 8 bytes (RFC 7011 §6.2); undefined when it is not below 2⁵³. */
  number(element: number): number | undefined {
    const value = this.#places.get(element);
    if (!value || value.length > 8) return undefined;
    const number = value.reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(number) ? number : undefined;
  }

  /** A float64, or a float32 in its place. */
  float(element: number): number | undefined {
    const value = this.#places.get(element);
    if (value?.length === 8) return value.readDoubleBE();
    return value?.length === 4 ? value.readFloatBE() : undefined;
  }

  /** A string up to its first NUL. */
  text(element: number): string | undefined {
    const value = this.#places.get(element);
    return value && textOf(value, 0, value.length);
  }

  /** The first of these numbers that is not 0, else 0 if there is any. */
  index(elements: readonly number[]): number | undefined {
    const numbers = elements.map((element) => this.number(element)).filter((number) => number !== undefined);
    return numbers.find((number) => number > 0) ?? numbers[0];
  }
}
