/** All that a flow has besides endpoints and times: the profile's other attributes, then every other element. */
import { elementKey, FLOW_ATTRIBUTES } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import { DESTINATION_PORTS } from './endpoints.ts';
import type { FieldSet } from './fieldset.ts';
import { highWord, type LocatedField, lowWord, numberOf } from './layout.ts';

const PADDING = 210;
const [CLASS_OF_SERVICE, DIFF_SERV_CODE_POINT] = [5, 195];
const APPLICATION_ID = 95;
const [PACKET_INTERVAL, PACKET_SPACE] = [305, 306];
const [SAMPLING_INTERVAL, RANDOM_INTERVAL] = [34, 50];
const ICMP_TYPES = [176, 178];
const ICMP_CODES = [177, 179];
const ICMP_TYPES_AND_CODES = [32, 139];
const [ICMP, ICMP_IPV6] = [1, 58];

export function emitElements(code: PlanCode, fields: FieldSet, version: number): void {
  for (const flowAttribute of FLOW_ATTRIBUTES) {
    const field = fields.take(...flowAttribute.sources);
    if (!field || !fields.keep(flowAttribute.attribute)) continue;
    if (flowAttribute.form === 'plain') emitField(code, flowAttribute.attribute, [field]);
    else emitName(code, flowAttribute.attribute, field, flowAttribute.names);
  }
  emitClassOfService(code, fields);
  emitIcmp(code, fields);
  emitSampling(code, fields, version);
  emitApplicationId(code, fields);
  emitRest(code, fields);
}

/** Every element that no attribute has taken, under its own name; those that occur again, as one array. */
function emitRest(code: PlanCode, fields: FieldSet): void {
  const byAttribute = Map.groupBy(fields.rest(), ({ attribute }) => attribute);
  for (const [attribute, occurrences] of byAttribute) {
    if (occurrences[0].key !== elementKey(0, PADDING) && fields.keep(attribute))
      emitField(code, attribute, occurrences);
  }
}

/** Appends an attribute with the values of one element. */
export function emitField(code: PlanCode, attribute: string, occurrences: readonly LocatedField[]): void {
  const [field] = occurrences;
  if (occurrences.length > 1) {
    const places = occurrences.flatMap(({ at, size }) => [at, size]).join(', ');
    code.line(`p = r.arrayAttribute(u, w, p, ${code.key(attribute)}, '${field.type}', s, v, [${places}]);`);
  } else if (!field.type.startsWith('unsigned') || field.length === undefined || field.length > 8) {
    code.line(`p = r.attribute(u, w, p, ${code.key(attribute)}, '${field.type}', s, v, ${field.at}, ${field.size});`);
  } else if (field.length <= 4) {
    code.uint32(attribute, lowWord(field));
  } else {
    code.block(`h = ${highWord(field)}; if (h === 0) {`, () => code.uint32(attribute, lowWord(field)));
    code.line(`else p = r.uint64Attribute(u, p, ${code.key(attribute)}, h, ${lowWord(field)});`);
  }
}

function emitName(
  code: PlanCode,
  attribute: string,
  field: LocatedField,
  names: Readonly<Record<number, string>>,
): void {
  code.line(`switch (x = ${numberOf(field)}) {`);
  for (const [number, name] of Object.entries(names)) {
    code.block(`case ${number}:`, () => code.constantString(attribute, name), 'break;');
  }
  code.line(`default: p = r.textAttribute(u, p, ${code.key(attribute)}, String(x)); }`);
}

function emitClassOfService(code: PlanCode, fields: FieldSet): void {
  const classOfService = fields.take(CLASS_OF_SERVICE);
  if (classOfService) {
    const octet = numberOf(classOfService);
    if (fields.keep('flow.ip.dscp.id')) code.uint32('flow.ip.dscp.id', `(${octet}) >>> 2 & 63`);
    if (fields.keep('flow.ip.ecn.id')) code.uint32('flow.ip.ecn.id', `(${octet}) & 3`);
    return;
  }
  const codePoint = fields.take(DIFF_SERV_CODE_POINT);
  if (codePoint && fields.keep('flow.ip.dscp.id')) emitField(code, 'flow.ip.dscp.id', [codePoint]);
}

function emitIcmp(code: PlanCode, fields: FieldSet): void {
  const type = fields.take(...ICMP_TYPES);
  const icmpCode = fields.take(...ICMP_CODES);
  const both = type || icmpCode ? undefined : fields.take(...ICMP_TYPES_AND_CODES);
  const keepType = fields.keep('flow.icmp.type.id');
  const keepCode = fields.keep('flow.icmp.code.id');
  const split = (field: LocatedField): void => {
    if (keepType) code.uint32('flow.icmp.type.id', `(${numberOf(field)}) >>> 8 & 255`);
    if (keepCode) code.uint32('flow.icmp.code.id', `(${numberOf(field)}) & 255`);
  };
  if (type && keepType) emitField(code, 'flow.icmp.type.id', [type]);
  if (icmpCode && keepCode) emitField(code, 'flow.icmp.code.id', [icmpCode]);
  if (both) split(both);
  const port = fields.find(...DESTINATION_PORTS);
  if (type || icmpCode || both || !port) return;
  code.block(`if (t === ${ICMP} || t === ${ICMP_IPV6}) {`, () => split(port));
}

function emitSampling(code: PlanCode, fields: FieldSet, version: number): void {
  const attribute = 'flow.sampling.interval';
  const announced = fields.take(SAMPLING_INTERVAL, RANDOM_INTERVAL);
  const [interval, space] = [fields.find(PACKET_INTERVAL), fields.find(PACKET_SPACE)];
  const computed = !announced && interval && space;
  if (computed) {
    fields.take(PACKET_INTERVAL);
    fields.take(PACKET_SPACE);
  }
  if (!fields.keep(attribute)) return;
  if (announced) {
    code.block(`if (${numberOf(announced)} > 0) {`, () => emitField(code, attribute, [announced]));
  } else if (computed) {
    const [sampled, skipped] = [numberOf(interval), numberOf(space)];
    code.line(`h = Math.round((${sampled} + ${skipped}) / (${sampled}));`);
    code.line(`if (h > 0 && h < Infinity) p = r.bigintAttribute(u, p, ${code.key(attribute)}, BigInt(h));`);
  } else if (version === 5) {
    code.block('if (c.samplingInterval > 0) {', () => code.uint32(attribute, 'c.samplingInterval'));
  }
}

function emitApplicationId(code: PlanCode, fields: FieldSet): void {
  const attribute = 'netflow.application.id';
  const field = fields.take(APPLICATION_ID);
  if (!field || !fields.keep(attribute)) return;
  code.line(
    `if (${field.size} > 0) p = r.textAttribute(u, p, ${code.key(attribute)}, r.applicationId(s, ${field.at}, ${field.size}));`,
  );
}
