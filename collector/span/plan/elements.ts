/** All that a flow has besides its two ends and its times: the profile's other attributes, then every other element. */
import { ELEMENT_ATTRIBUTES, type ElementAttribute } from '../attributes.ts';
import type { ListWriter } from '../lists/writer.ts';
import { type Candidate, emitChoice, emitWhen, presence } from './choice.ts';
import type { PlanCode } from './code.ts';
import { emitField, emitName, emitOthers } from './field.ts';
import type { FieldSet } from './fieldset.ts';
import { emitIcmp } from './icmp.ts';
import { emitJoined } from './joined.ts';
import { isSet, type LocatedField, numberOf } from './layout.ts';
import { emitLists } from './lists.ts';
import { emitLabels } from './mpls.ts';
import { emitPorts } from './ports.ts';
import { emitSampling } from './sampling.ts';

const [CLASS_OF_SERVICE, DIFF_SERV_CODE_POINT] = [5, 195];
const APPLICATION_ID = 95;

export type ElementOptions = {
  /** Names of attributes that some exporters or interfaces have. */
  given?: ReadonlySet<string>;
  /** Whether spans have estimates of what was there before the exporter sampled. */
  scale?: boolean;
  /** Shared by all plans. */
  lists: ListWriter;
};

/** Appends the attributes of all elements that nothing before has taken. */
export function emitElements(
  code: PlanCode,
  fields: FieldSet,
  version: number,
  { given = new Set(), scale = false, lists }: ElementOptions,
): void {
  const sent = new Set<string>();
  // ICMP's may stand in the port.
  emitIcmp(code, fields);
  emitPorts(code, fields);
  for (const row of ELEMENT_ATTRIBUTES) {
    const found = fields.findEach(row.sources);
    const name = fields.nameOf(row.attribute);
    if (found.length === 0) continue;
    // A profile may have one name for two attributes: the first that there is.
    emitFirst(code, fields, row, found, name !== undefined && sent.has(name) ? undefined : name);
    if (name !== undefined) sent.add(name);
  }
  emitClassOfService(code, fields);
  emitSampling(code, fields, version, scale);
  emitJoined(code, fields, given);
  emitApplicationId(code, fields);
  emitLabels(code, fields);
  emitLists(code, fields, version, lists);
  emitOthers(code, fields, fields.rest());
}

/** Appends the attribute of a row, from the first of its fields that is not zero. */
function emitFirst(
  code: PlanCode,
  fields: FieldSet,
  { names, zero }: ElementAttribute,
  found: readonly LocatedField[],
  name: string | undefined,
): void {
  const emit = (field: LocatedField, condition?: string) => (): void => {
    if (name === undefined) return;
    emitWhen(code, condition, () => (names ? emitName(code, name, field, names) : emitField(code, name, [field])));
  };
  const [first] = found;
  const ofZero = emit(first, presence(fields, isSet(first), zero));
  if (found.length === 1) {
    fields.use(found);
    ofZero();
    return;
  }
  const all = fields.takeAll(...found.map(({ key }) => key));
  const candidates = found.map((field): Candidate => ({ fields: [field], when: isSet(field), emit: emit(field) }));
  emitChoice(code, fields, candidates, all, { fields: [first], emit: ofZero });
}

function emitClassOfService(code: PlanCode, fields: FieldSet): void {
  const dscpName = fields.nameOf('flow.ip.dscp.id');
  const ecnName = fields.nameOf('flow.ip.ecn.id');
  const octetName = fields.nameOf('flow.tos');
  const classOfService = fields.find(CLASS_OF_SERVICE);
  const codePoint = fields.find(DIFF_SERV_CODE_POINT);
  const candidates: Candidate[] = [];
  if (classOfService) {
    const octet = numberOf(classOfService);
    const emit = (): void => {
      if (dscpName) code.uint32(dscpName, `(${octet}) >>> 2 & 63`);
      if (octetName) emitField(code, octetName, [classOfService]);
      if (ecnName) code.block(`if (((${octet}) & 3) !== 0) {`, () => code.uint32(ecnName, `(${octet}) & 3`));
    };
    candidates.push({ fields: [classOfService], when: isSet(classOfService), emit });
  }
  if (codePoint) {
    const emit = (): void => {
      if (dscpName) emitField(code, dscpName, [codePoint]);
    };
    candidates.push({ fields: [codePoint], when: isSet(codePoint), emit });
  }
  const [first, second] = candidates;
  if (second) {
    emitChoice(code, fields, candidates, fields.takeAll(CLASS_OF_SERVICE, DIFF_SERV_CODE_POINT));
  } else if (first) {
    fields.use(first.fields);
    first.emit();
  }
}

function emitApplicationId(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('netflow.application.id');
  const field = fields.take(APPLICATION_ID);
  if (!field || name === undefined) return;
  const text = `r.applicationId(s, ${field.at}, ${field.size})`;
  code.line(`if (${isSet(field)}) p = r.textAttribute(u, p, ${code.key(name)}, ${text});`);
}
