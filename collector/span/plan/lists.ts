/** Structured data (RFC 6313), which is taken apart for each record: plans tell only where it is. */
import { isListType, type ListType } from '../../decode/lists.ts';
import { NETFLOW } from '../attributes.ts';
import { listNames } from '../lists/record.ts';
import type { ListWriter } from '../lists/writer.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';

/** Appends what the lists of a record hold. In v9, which has none by its standard, they stay bytes. */
export function emitLists(code: PlanCode, fields: FieldSet, version: number, writer: ListWriter): void {
  const found = version === 9 ? [] : fields.rest().filter(({ type }) => isListType(type));
  if (found.length === 0) return;
  fields.use(found);
  const called = listNames(found.map(({ attribute, type }) => ({ name: attribute.slice(NETFLOW.length), type })));
  const lists = code.constant(found.map(({ type }, index) => ({ name: called[index], type: type as ListType })));
  const names = code.constant(new Set(fields.attributes().map((attribute) => attribute.slice(NETFLOW.length))));
  const places = found.flatMap(({ at, size }) => [at, size]).join(', ');
  code.line(`p = ${code.constant(writer)}.write(u, w, p, s, v, c, ${lists}, ${names}, [${places}]);`);
}
