/**
 * The attribute `flow.community_id`: Community ID v1 (github.com/corelight/community-id-spec), the same for both
 * directions of a conversation and in every tool that computes it.
 */
import { hash } from 'node:crypto';
import { PORT_ATTRIBUTES } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import { type Place, placeOf } from './ends.ts';
import type { FieldSet } from './fieldset.ts';
import { icmpOf } from './icmp.ts';
import { portOf } from './ports.ts';
import { IS_ICMP } from './protocol.ts';

/** Appends it where the record has what it is made of. The protocol is in `t`. */
export function emitCommunityId(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('flow.community_id');
  const [source, destination] = [placeOf(fields, 0), placeOf(fields, 1)];
  if (name === undefined || !source || !destination) return;
  const [x, n] = PORT_ATTRIBUTES.map((attribute) => portOf(fields, attribute)?.value ?? '-1');
  const icmp = icmpOf(fields) ?? { type: '-1', code: '-1' };
  code.line(`if (${IS_ICMP}) { x = ${icmp.type}; n = ${icmp.code}; } else { x = ${x}; n = ${n}; }`);
  const text = `r.communityId(s, ${placeText(source)}, ${placeText(destination)}, t, x, n)`;
  code.line(`if ((m = ${text}) !== '') p = r.textAttribute(u, p, ${code.key(name)}, m);`);
}

function placeText({ at, length }: Place): string {
  return `${at}, ${length}`;
}

const [ICMP, TCP, UDP, ICMP_IPV6, SCTP] = [1, 6, 17, 58, 132];
/** Types that answer each other; of the others, one end alone tells which message it is. */
const COUNTERPARTS = {
  [ICMP]: [
    [8, 0],
    [13, 14],
    [15, 16],
    [10, 9],
    [17, 18],
  ],
  [ICMP_IPV6]: [
    [128, 129],
    [133, 134],
    [135, 136],
    [130, 131],
    [139, 140],
    [144, 145],
  ],
};
const MAX_PORT = 65_535;
const MAX_PROTOCOL = 255;

const input = Buffer.alloc(2 + 2 * 16 + 2 + 4);

/**
 * Of the addresses at `source` and `destination`, and ports, or type and code of ICMP: -1 where they are not known.
 * Empty where the specification has no id for that.
 */
export function communityId(
  s: Uint8Array,
  source: number,
  sourceLength: number,
  destination: number,
  destinationLength: number,
  protocol: number,
  first: number,
  second: number,
): string {
  if (sourceLength !== destinationLength || protocol < 0 || protocol > MAX_PROTOCOL) return '';
  const hasPorts = [ICMP, TCP, UDP, ICMP_IPV6, SCTP].includes(protocol);
  if (hasPorts && !(first >= 0 && first <= MAX_PORT && second >= 0 && second <= MAX_PORT)) return '';
  let [ofSource, ofDestination] = [first, second];
  let isOneWay = false;
  if (protocol === ICMP || protocol === ICMP_IPV6) {
    const pair = COUNTERPARTS[protocol].find((types) => types.includes(first));
    if (pair) ofDestination = pair[0] === first ? pair[1] : pair[0];
    else isOneWay = true;
  }
  const order = compare(s, source, destination, sourceLength) || (hasPorts ? ofSource - ofDestination : 0);
  if (order > 0 && !isOneWay) {
    [source, destination] = [destination, source];
    [ofSource, ofDestination] = [ofDestination, ofSource];
  }
  let at = 2;
  for (const address of [source, destination]) {
    input.set(s.subarray(address, address + sourceLength), at);
    at += sourceLength;
  }
  input[at++] = protocol;
  input[at++] = 0;
  if (hasPorts) at = input.writeUInt16BE(ofDestination, input.writeUInt16BE(ofSource, at));
  return `1:${hash('sha1', input.subarray(0, at), 'base64')}`;
}

function compare(s: Uint8Array, a: number, b: number, length: number): number {
  for (let index = 0; index < length; index++) if (s[a + index] !== s[b + index]) return s[a + index] - s[b + index];
  return 0;
}
