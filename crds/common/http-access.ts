/**
 * Who may read over HTTP: by the name that a request asks for, by where it comes from, and by the token that it bears.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { hostname } from 'node:os';

/** Shorter tokens could be guessed. */
const MIN_TOKEN = 16;

/**
 * Whether a Host header is an address, localhost, the name of this machine or one of `names`. A page of somebody else
 * that has its own name lead here (DNS rebinding) asks by that name, and could read what is answered.
 */
export function isKnownHost(header: string | undefined, names: readonly string[]): boolean {
  const [, host = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d+)?$/.exec(header ?? '') ?? [];
  if (host.startsWith('[')) return isIP(host.slice(1, -1)) === 6;
  const name = withoutDot(host);
  return isIP(name) === 4 || ['localhost', hostname(), ...names].some((known) => withoutDot(known) === name);
}

function withoutDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

type Ends = Pick<Socket, 'remoteAddress' | 'localAddress'>;

/** Whether both ends of a connection are this machine, or this pod, as when kubectl forwards a port. */
export function isLocal({ remoteAddress, localAddress }: Ends): boolean {
  return [remoteAddress, localAddress].every((address = '') => /^(::ffff:)?127\.|^::1$/.test(address));
}

/**
 * Whether an Authorization header bears the token in a file, as it is now. Takes as long for a wrong one, however much
 * of it is right. Throws an Error when there is no token in that file.
 */
export function bearsToken(header: string | undefined, file: string): boolean {
  const token = readToken(file);
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(digest(given), digest(token));
}

/** The token in a file. Throws an Error that says what is wrong. */
export function readToken(file: string): string {
  const token = readFileSync(file, 'utf8').trim();
  try {
    checkToken(token);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  return token;
}

/** Throws an Error when this is no token that a header can have, or one that is too short. */
export function checkToken(token: string): void {
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= MIN_TOKEN) return;
  throw new Error(`it must have at least ${MIN_TOKEN} printable ASCII characters, without spaces`);
}

const digest = (text: string) => createHash('sha256').update(text).digest();
