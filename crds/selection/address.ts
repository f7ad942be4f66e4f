/** IP addresses and prefixes as values of CEL expressions: the functions that Kubernetes' CEL has for them. */
import { isIP } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';

const BITS = { 4: 32, 6: 128 } as const;

/** An address; one of IPv4 never equals one of IPv6. */
export class Ip {
  readonly family: 4 | 6;
  readonly value: bigint;

  constructor(family: 4 | 6, value: bigint) {
    this.family = family;
    this.value = value;
  }

  /** Its first `bits` bits, as a number. */
  prefix(bits: number): bigint {
    return this.value >> BigInt(BITS[this.family] - bits);
  }

  toString(): string {
    if (this.family === 4) return [24n, 16n, 8n, 0n].map((shift) => (this.value >> shift) & 255n).join('.');
    return compress(
      Array.from({ length: 8 }, (_, group) => Number((this.value >> BigInt(16 * (7 - group))) & 0xffffn)),
    );
  }
}

/** A prefix, with the address that it was written with. */
export class Cidr {
  readonly ip: Ip;
  readonly bits: number;

  constructor(ip: Ip, bits: number) {
    this.ip = ip;
    this.bits = bits;
  }

  contains(other: Ip): boolean {
    return other.family === this.ip.family && other.prefix(this.bits) === this.ip.prefix(this.bits);
  }

  /** The same prefix with no bits set behind its length. */
  masked(): Cidr {
    const { family, value } = this.ip;
    const shift = BigInt(BITS[family] - this.bits);
    return new Cidr(new Ip(family, (value >> shift) << shift), this.bits);
  }

  toString(): string {
    return `${this.ip}/${this.bits}`;
  }
}

/** The address that `text` says, without a zone; undefined when it is none. */
export function parseIp(text: string): Ip | undefined {
  const family = isIP(text);
  if (family === 4) return new Ip(4, joined(text.split('.').map(Number), 8));
  if (family !== 6 || text.includes('%')) return undefined;
  const [head, tail] = text.split('::').map(groups);
  const zeros = tail ? new Array<number>(8 - head.length - tail.length).fill(0) : [];
  return new Ip(6, joined([...head, ...zeros, ...(tail ?? [])], 16));
}

/** The prefix that `text` says, such as `10.0.0.0/8`; undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, bits = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (!ip || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > BITS[ip.family]) return undefined;
  return new Cidr(ip, Number(bits));
}

/** Adds types, functions and operators of addresses to an environment. */
export function registerAddresses(environment: Environment): void {
  environment.registerType('IP', { ctor: Ip, fields: {} });
  environment.registerType('CIDR', { ctor: Cidr, fields: {} });
  const add = environment.registerFunction.bind(environment);
  add('ip(string): IP', ip);
  add('cidr(string): CIDR', cidr);
  add('isIP(string): bool', (text: string) => parseIp(text) !== undefined);
  add('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined);
  add('string(IP): string', String);
  add('string(CIDR): string', String);
  add('IP.family(): int', ({ family }: Ip) => BigInt(family));
  add('IP.isUnspecified(): bool', ({ value }: Ip) => value === 0n);
  for (const [name, prefixes] of Object.entries(SCOPES)) {
    add(`IP.${name}(): bool`, (address: Ip) => prefixes.some((prefix) => prefix.contains(address)));
  }
  add('IP.isGlobalUnicast(): bool', (address: Ip) => !NOT_GLOBAL.some((prefix) => prefix.contains(address)));
  add('CIDR.containsIP(IP): bool', (prefix: Cidr, address: Ip) => prefix.contains(address));
  add('CIDR.containsIP(string): bool', (prefix: Cidr, text: string) => prefix.contains(ip(text)));
  add('CIDR.containsCIDR(CIDR): bool', containsCidr);
  add('CIDR.containsCIDR(string): bool', (prefix: Cidr, text: string) => containsCidr(prefix, cidr(text)));
  add('CIDR.ip(): IP', (prefix: Cidr) => prefix.ip);
  add('CIDR.prefixLength(): int', ({ bits }: Cidr) => BigInt(bits));
  add('CIDR.masked(): CIDR', (prefix: Cidr) => prefix.masked());
  environment.registerOperator('IP == IP', (a: Ip, b: Ip) => a.family === b.family && a.value === b.value);
  environment.registerOperator('CIDR == CIDR', (a: Cidr, b: Cidr) => a.bits === b.bits && String(a) === String(b));
}

const prefixes = (...texts: string[]): Cidr[] => texts.map(cidr);
const SCOPES = {
  isLoopback: prefixes('127.0.0.0/8', '::1/128'),
  isLinkLocalUnicast: prefixes('169.254.0.0/16', 'fe80::/10'),
  isLinkLocalMulticast: prefixes('224.0.0.0/24', 'ff02::/16'),
};
/** Besides the scopes above: unspecified, broadcast, multicast. */
const NOT_GLOBAL = [
  ...Object.values(SCOPES).flat(),
  ...prefixes('0.0.0.0/32', '255.255.255.255/32', '224.0.0.0/4', '::/128', 'ff00::/8'),
];

function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`not an IP address: ${text}`);
  return parsed;
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`not a prefix: ${text}`);
  return parsed;
}

function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return inner.bits >= outer.bits && outer.contains(inner.ip);
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a, b, c, d] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function joined(parts: readonly number[], bits: number): bigint {
  return parts.reduce((value, part) => (value << BigInt(bits)) | BigInt(part), 0n);
}

/** RFC 5952. */
function compress(words: readonly number[]): string {
  const mapped = words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0);
  if (mapped) return `::ffff:${words[6] >> 8}.${words[6] & 255}.${words[7] >> 8}.${words[7] & 255}`;
  const text = words.map((word) => word.toString(16)).join(':');
  const runs = text.match(/\b0(:0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  return longest === '' ? text : text.replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}
