import * as z from 'zod';
import { addressFamily } from '../address.ts';
import { celString, withRules } from '../rule.ts';

const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?';
/** The last label begins with a letter: what ends in a number is read as an IPv4 address (WHATWG URL §3.5). */
const NAME = `(${LABEL}\\.)*[A-Za-z]([A-Za-z0-9_-]*[A-Za-z0-9_])?`;
const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `${OCTET}(\\.${OCTET}){3}`;
const IPV6 = '\\[[0-9A-Fa-f:]+\\]';
const PORT = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const REST = '[/?][!"$-~]*';
const URL_PATTERN = `^https?://(${NAME}|${IPV4}|${IPV6})(:${PORT})?(${REST})?$`;
const WITH_USER = '^https?://[^/?]*@';

const SCHEME = /^https?:\/\//;

/** Where OTLP goes. The scheme decides between plaintext and TLS. */
export const endpoint = withRules(
  z.string().max(2_048),
  {
    check: (url) => SCHEME.test(url),
    cel: "self.matches('^https?://')",
    message: 'must begin with http:// or https://, such as https://tempo.example:4317',
  },
  {
    check: (url) => !new RegExp(WITH_USER).test(url),
    cel: `!self.matches(${celString(WITH_USER)})`,
    message: 'must not hold a user or password; write them in basicAuth',
  },
  {
    check: (url) => !SCHEME.test(url) || new RegExp(WITH_USER).test(url) || isUrl(url),
    cel:
      `!self.matches('^https?://') || self.matches(${celString(WITH_USER)}) || (self.matches(${celString(URL_PATTERN)})` +
      " && (!self.matches('^https?://[[]') || isIP(self.split('[')[1].split(']')[0])))",
    message: 'must be a URL with a host and, if it is not 80 or 443, a port, such as https://tempo.example:4317',
  },
);

function isUrl(url: string): boolean {
  const address = /^https?:\/\/\[([^\]]*)\]/.exec(url)?.[1];
  return new RegExp(URL_PATTERN).test(url) && (address === undefined || addressFamily(address) === 6);
}
