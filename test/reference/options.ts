/** What options data say of a device (RFC 3954 §6, RFC 5477), and what follows from it for a flow. */
import { findElement, REVERSE_PEN } from '../../collector/decode/elements/elements.ts';
import { type FieldValue, type Template, toUnsigned } from './packet.ts';
import { type ElementRow, type Elements, type Entry, find, firstSet, unsigned } from './record.ts';

/** What one domain has told; replaced, never changed. */
export type Domain = {
  systemInitTime?: bigint;
  originalExporter?: Uint8Array;
  /** By what they are of, such as `selector 5`. */
  rates: ReadonlyMap<string, number>;
  /** Of interfaces, VRFs and applications, by what they are of, such as `interface 3`. */
  names: ReadonlyMap<string, Names>;
  /** Of elements of enterprises, such as `32473 1`: name, and number of the type (RFC 5610). */
  elements: ReadonlyMap<string, { name?: string; type?: number }>;
};

type Names = { name?: string; description?: string; distinguisher?: string };

/** What is known of the device when a flow comes: by its own domain, and by domain 0, which is the whole exporter. */
export type Told = { own?: Domain; whole?: Domain };

const NOTHING: Domain = { rates: new Map(), names: new Map(), elements: new Map() };

/** What was told of elements, and what the user's file says. */
export function elementsOf({ own, whole }: Told, ofUser: readonly ElementRow[]): Elements {
  return { ofUser, told: (pen, id) => own?.elements.get(`${pen} ${id}`) ?? whole?.elements.get(`${pen} ${id}`) };
}

type Values = Map<number, Uint8Array>;

/** What is known of a domain after a record; `domain` is the one that it describes. */
export function describe(
  values: FieldValue[],
  { scopeCount = 0 }: Template,
  { version, domain, of }: { version: 9 | 10; domain: number; of: (domain: number) => Domain | undefined },
): { domain: number; told: Domain } {
  // Types of scopes in v9, as the elements that mean the same; a system and a cache stand for all.
  const inV9: Record<number, number | undefined> = { 1: undefined, 2: 10, 3: 141, 4: undefined, 5: 145 };
  const record: Values = new Map();
  const scopes = new Set<number>();
  for (const [index, { pen, id, bytes }] of values.entries()) {
    const isScope = index < scopeCount;
    const element = isScope && version === 9 && id in inV9 ? inV9[id] : id;
    if (pen !== 0 || bytes.length === 0 || element === undefined || record.has(element)) continue;
    record.set(element, bytes);
    if (isScope) scopes.add(element);
  }

  const other = version === 10 && record.get(149)?.length === 4 ? Number(toUnsigned(record.get(149)!)) : domain;
  const before = of(other) ?? NOTHING;
  const init = isId(record.get(160)) ? toUnsigned(record.get(160)!) : 0n;
  const addresses = [
    record.get(130)?.length === 4 && record.get(130),
    record.get(131)?.length === 16 && record.get(131),
  ];
  const original = addresses.find((address) => address !== false && address?.some((byte) => byte !== 0));
  return {
    domain: other,
    told: {
      ...before,
      ...(init > 0n && { systemInitTime: init }),
      ...(original && { originalExporter: original.slice() }),
      rates: new Map([
        ...before.rates,
        ...ratesOf(record, scopes).filter(([of, rate]) => rate > 0 || before.rates.has(of)),
      ]),
      names: new Map([...before.names, ...namesOf(record, before.names)]),
      elements: new Map([...before.elements, ...(version === 10 ? toldElements(record, before.elements) : [])]),
    },
  };
}

function ratesOf(record: Values, scopes: ReadonlySet<number>): [string, number][] {
  const interval = intervalOf(record);
  if (interval === undefined) return [];
  const rates: [string, number][] = [];
  const name = record.has(84) ? text(record.get(84)!) : '';
  if (isId(record.get(302))) rates.push([`selector ${toUnsigned(record.get(302)!)}`, interval]);
  if (isId(record.get(48))) rates.push([`sampler ${toUnsigned(record.get(48)!)}`, interval]);
  if (name !== '') rates.push([`sampler named ${name}`, interval]);
  if (scopes.has(302) || scopes.has(48) || scopes.has(84)) return rates;

  const others: [string, number[]][] = [
    ['interface', [10, 14, 252, 253]],
    ['template', [145]],
    ['line card', [141]],
  ];
  const ofScope = others.find(([, elements]) => elements.some((element) => scopes.has(element)));
  if (!ofScope && rates.length > 0) return rates;
  const [kind, elements] = ofScope ?? others.find(([, all]) => all.some((id) => isId(record.get(id)))) ?? ['all', []];
  if (kind === 'all') return [['all', interval]];
  const id = firstId(record, elements);
  return id === undefined ? rates : [...rates, [`${kind} ${id}`, interval]];
}

/** The first that is not 0, else 0. */
function firstId(record: Values, elements: number[]): bigint | undefined {
  const ids = elements
    .map((element) => record.get(element))
    .filter(isId)
    .map(toUnsigned);
  return ids.find((id) => id > 0n) ?? ids[0];
}

function namesOf(record: Values, before: Domain['names']): [string, Names][] {
  const textOf = (element: number) => record.has(element) && text(record.get(element)!);
  const octets = record.get(90);
  const application = record.get(95);
  const told: [string, bigint | string | undefined, Record<string, string | false | undefined>][] = [
    ['interface', firstId(record, [10, 14, 252, 253]), { name: textOf(82), description: textOf(83) }],
    ['vrf', firstId(record, [234, 235]), { name: textOf(236), distinguisher: octets?.length === 8 && written(octets) }],
    ['application', application && applicationKey(application), { name: textOf(96), description: textOf(94) }],
  ];
  return told.flatMap(([kind, id, values]): [string, Names][] => {
    const present = Object.entries(values).filter(([, value]) => typeof value === 'string');
    if (id === undefined || present.length === 0) return [];
    return [[`${kind} ${id}`, { ...before.get(`${kind} ${id}`), ...Object.fromEntries(present) }]];
  });
}

/** Elements are told of by enterprise (346) and number (303): their type (339) and name (341). None that is registered. */
function toldElements(record: Values, before: Domain['elements']): [string, { name?: string; type?: number }][] {
  const [pen, id, type] = [346, 303, 339].map((element) => {
    const bytes = record.get(element);
    return isId(bytes) ? Number(toUnsigned(bytes)) : undefined;
  });
  if (pen === undefined || id === undefined || pen === 0 || pen === REVERSE_PEN || pen >= 2 ** 32) return [];
  const number = id % 32_768;
  const name = record.has(341) ? text(record.get(341)!) : '';
  if (findElement(pen, number) || (name === '' && type === undefined)) return [];
  const key = `${pen} ${number}`;
  return [[key, { ...before.get(key), ...(name !== '' && { name }), ...(type !== undefined && { type }) }]];
}

/** Engine and selector; where a PEN leads the selector, as the bytes are. Selectors of more than three bytes too. */
function applicationKey(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > 64) return undefined;
  const [engine, selector] = [bytes[0], toUnsigned(bytes.slice(1))];
  const isBare = selector < 2n ** 24n && !(engine === 20 && bytes.length > 4);
  return isBare ? `${engine}:${selector}` : `0x${Buffer.from(bytes).toString('hex')}`;
}

/** A route distinguisher by RFC 4364 §4.2. */
function written(octets: Uint8Array): string {
  if (octets.every((octet) => octet === 0)) return '';
  const number = (start: number, end: number) => toUnsigned(octets.slice(start, end));
  const type = number(0, 2);
  if (type === 0n) return `${number(2, 4)}:${number(4, 8)}`;
  if (type === 1n) return `${octets.slice(2, 6).join('.')}:${number(6, 8)}`;
  if (type === 2n) return `${number(2, 6)}:${number(6, 8)}`;
  return Buffer.from(octets).toString('hex');
}

/** Attributes by what options data told of the interfaces, VRFs and application that a flow names. */
export function joinedAttributes(entries: Entry[], { own, whole }: Told): Record<string, string> {
  const names = (kind: string, elements: number[]): Names => {
    const found = elements.map((element) => find(entries, element)).filter((entry) => entry !== undefined);
    if (found.length === 0) return {};
    const entry = firstSet(found);
    const id = kind === 'application' ? applicationKey(entry.bytes) : unsigned(entry);
    return own?.names.get(`${kind} ${id}`) ?? whole?.names.get(`${kind} ${id}`) ?? {};
  };
  const [ingress, egress] = [names('interface', [10, 252]), names('interface', [14, 253])];
  const [ingressVrf, egressVrf] = [names('vrf', [234]), names('vrf', [235])];
  const application = names('application', [95]);
  const all = {
    'netflow.interface.ingress.name': ingress.name,
    'netflow.interface.ingress.description': ingress.description,
    'netflow.interface.egress.name': egress.name,
    'netflow.interface.egress.description': egress.description,
    'netflow.vrf.ingress.name': ingressVrf.name,
    'netflow.vrf.ingress.route_distinguisher': ingressVrf.distinguisher,
    'netflow.vrf.egress.name': egressVrf.name,
    'netflow.vrf.egress.route_distinguisher': egressVrf.distinguisher,
    'netflow.application.name': find(entries, 96) ? '' : application.name,
    'netflow.application.description': find(entries, 94) ? '' : application.description,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

/** Numbers that the collector keeps exactly. */
function isId(bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes !== undefined && bytes.length <= 8 && toUnsigned(bytes) < 2n ** 53n;
}

/** 0 takes back what was told before. */
function intervalOf(record: Values): number | undefined {
  const number = (id: number) => (isId(record.get(id)) ? Number(toUnsigned(record.get(id)!)) : Number.NaN);
  const forms = [
    number(50),
    number(34),
    (number(305) + number(306)) / number(305),
    number(310) / number(309),
    1 / float(record.get(311) ?? new Uint8Array()),
    (number(307) + number(308)) / number(307),
  ];
  const ofAlgorithm = forms[{ 1: 2, 2: 5, 3: 3, 4: 4 }[number(304)] ?? -1];
  const isTold =
    [[50], [34], [305, 306], [309, 310], [307, 308]].some((ids) => ids.every((id) => isId(record.get(id)))) ||
    [4, 8].includes(record.get(311)?.length ?? 0);
  return [ofAlgorithm, ...forms].find(isInterval) ?? (isTold ? 0 : undefined);
}

function isInterval(interval: number | undefined): interval is number {
  return interval !== undefined && interval >= 1 && interval <= Number.MAX_SAFE_INTEGER;
}

/** A float64, or a float32 in its place. */
function float(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 8 ? view.getFloat64(0) : bytes.length === 4 ? view.getFloat32(0) : Number.NaN;
}

function text(bytes: Uint8Array): string {
  const end = bytes.slice(0, 256).indexOf(0);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  if (end >= 0) return decoder.decode(bytes.slice(0, end));
  if (bytes.length <= 256) return decoder.decode(bytes);
  const begins = [256, 255, 254, 253, 252].find((at) => bytes[at] < 0x80 || bytes[at] >= 0xc0) ?? 252;
  return decoder.decode(bytes.slice(0, begins));
}

/** Forms of the interval in a flow's own record. */
const FORMS: { elements: number[]; interval: (...numbers: number[]) => number }[] = [
  { elements: [50], interval: (interval) => interval },
  { elements: [34], interval: (interval) => interval },
  { elements: [305, 306], interval: (interval, space) => (interval + space) / interval },
  { elements: [309, 310], interval: (size, population) => population / size },
  { elements: [311], interval: (probability) => 1 / probability },
  { elements: [307, 308], interval: (interval, space) => (interval + space) / interval },
];

/** The interval of a flow by what exporters tell; undefined when nobody told. Marks the elements that tell it. */
export function samplingInterval(
  entries: Entry[],
  { own, whole }: Told,
  templateId: number,
  ofHeader: number | undefined,
): number | undefined {
  const told = FORMS.map(({ elements, interval }) => ({
    found: elements.map((id) => find(entries, id)),
    interval,
  })).filter(
    (form): form is { found: Entry[]; interval: (typeof form)['interval'] } => !form.found.includes(undefined),
  );
  for (const entry of told[0]?.found ?? []) entry.used = true;
  const numbers = (found: Entry[]) =>
    found.map((entry) => (entry.id === 311 ? float(entry.bytes) : Number(unsigned(entry))));
  const ofRecord = told.map(({ found, interval }) => interval(...numbers(found))).find(isInterval);
  if (ofRecord !== undefined) return ofRecord;

  const rate = (name: string) => own?.rates.get(name) ?? whole?.rates.get(name);
  const id = (...elements: number[]) => {
    const found = elements.map((element) => find(entries, element)).filter((entry) => entry !== undefined);
    return found.length > 0 ? unsigned(firstSet(found)) : undefined;
  };
  const [selector, sampler] = [id(302), id(48)];
  const samplerName = find(entries, 84);
  const name = samplerName ? text(samplerName.bytes) : '';
  if (selector !== undefined || sampler !== undefined || name !== '') {
    const named = rate(`selector ${selector}`) ?? rate(`sampler ${sampler}`) ?? rate(`sampler named ${name}`);
    if (named !== undefined) return named || undefined;
    if (selector || sampler || name !== '') return undefined;
  }
  const [ingress, egress] = [rate(`interface ${id(10, 252)}`), rate(`interface ${id(14, 253)}`)];
  const ofPart =
    (id(61) === 1n ? egress || ingress : ingress || egress) ||
    own?.rates.get(`template ${templateId}`) ||
    rate(`line card ${id(141)}`) ||
    rate('all');
  if (ofPart) return ofPart;
  const unnamed = selector === undefined && sampler === undefined;
  return (
    (unnamed ? (commonRate(own) ?? (hasSamplers(own) ? undefined : commonRate(whole))) : undefined) ??
    (ofHeader || undefined)
  );
}

function samplerRates(domain: Domain | undefined): number[] {
  return [...(domain?.rates ?? [])]
    .filter(([name, rate]) => /^(selector|sampler) /.test(name) && rate > 0)
    .map(([, rate]) => rate);
}

const hasSamplers = (domain: Domain | undefined) => samplerRates(domain).length > 0;

function commonRate(domain: Domain | undefined): number | undefined {
  const rates = new Set(samplerRates(domain));
  return rates.size === 1 ? [...rates][0] : undefined;
}
