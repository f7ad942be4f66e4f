/** All that a flow has besides its two ends and its times: the profile's other attributes, then every other element. */
import { ELEMENT_ATTRIBUTES, elementKey, sourcesOf } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { emitJoined } from './joined.ts';
import { highWord, type LocatedField, lowWord, numberOf } from './layout.ts';
import { emitLabels } from './mpls.ts';
import { emitSampling } from './sampling.ts';

const PADDING = 210;
const [CLASS_OF_SERVICE, DIFF_SERV_CODE_POINT] = [5, 195];
const APPLICATION_ID = 95;
const ICMP_TYPES = [176, 178];
const ICMP_CODES = [177, 179];
const ICMP_TYPES_AND_CODES = [32, 139];
const [ICMP, ICMP_IPV6] = [1, 58];

export type ElementOptions = {
  /** Names of attributes that some exporters or interfaces have. */
  given?: ReadonlySet<string>;
  /** Whether spans have estimates of what was there before the exporter sampled. */
  scale?: boolean;
};

export function emitElements(
  code: PlanCode,
  fields: FieldSet,
  version: number,
  { given = new Set(), scale = false }: ElementOptions,
): void {
  const sent = new Set<string>();
  for (const { attribute, sources, names } of ELEMENT_ATTRIBUTES) {
    const field = fields.take(...sources);
    const name = fields.nameOf(attribute);
    // A profile may have one name for two attributes: the first that there is.
    if (!field || name === undefined || sent.has(name)) continue;
    sent.add(name);
    if (names) emitName(code, name, field, names);
    else emitField(code, name, [field]);
  }
  emitClassOfService(code, fields);
  emitIcmp(code, fields);
  emitSampling(code, fields, version, scale);
  emitJoined(code, fields, given);
  emitApplicationId(code, fields);
  emitLabels(code, fields);
  emitRest(code, fields);
}

/** Every element that no attribute has taken, under its own name; those that occur again, as one array. */
function emitRest(code: PlanCode, fields: FieldSet): void {
  const byAttribute = Map.groupBy(fields.rest(), ({ attribute }) => attribute);
  for (const [attribute, occurrences] of byAttribute) {
    const name = fields.nameOf(attribute);
    if (occurrences[0].key !== elementKey(0, PADDING) && name !== undefined) emitField(code, name, occurrences);
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
  const dscpName = fields.nameOf('flow.ip.dscp.id');
  const ecnName = fields.nameOf('flow.ip.ecn.id');
  const classOfService = fields.take(CLASS_OF_SERVICE);
  if (classOfService) {
    const octet = numberOf(classOfService);
    if (dscpName) code.uint32(dscpName, `(${octet}) >>> 2 & 63`);
    if (ecnName) code.uint32(ecnName, `(${octet}) & 3`);
    return;
  }
  const codePoint = fields.take(DIFF_SERV_CODE_POINT);
  if (codePoint && dscpName) emitField(code, dscpName, [codePoint]);
}

function emitIcmp(code: PlanCode, fields: FieldSet): void {
  const type = fields.take(...ICMP_TYPES);
  const icmpCode = fields.take(...ICMP_CODES);
  const both = type || icmpCode ? undefined : fields.take(...ICMP_TYPES_AND_CODES);
  const typeName = fields.nameOf('flow.icmp.type.id');
  const codeName = fields.nameOf('flow.icmp.code.id');
  const split = (field: LocatedField): void => {
    if (typeName) code.uint32(typeName, `(${numberOf(field)}) >>> 8 & 255`);
    if (codeName) code.uint32(codeName, `(${numberOf(field)}) & 255`);
  };
  if (type && typeName) emitField(code, typeName, [type]);
  if (icmpCode && codeName) emitField(code, codeName, [icmpCode]);
  if (both) split(both);
  const port = fields.find(...sourcesOf('destination.port'));
  if (type || icmpCode || both || !port) return;
  code.block(`if (t === ${ICMP} || t === ${ICMP_IPV6}) {`, () => split(port));
}

function emitApplicationId(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('netflow.application.id');
  const field = fields.take(APPLICATION_ID);
  if (!field || name === undefined) return;
  code.line(
    `if (${field.size} > 0) p = r.textAttribute(u, p, ${code.key(name)}, r.applicationId(s, ${field.at}, ${field.size}));`,
  );
}
