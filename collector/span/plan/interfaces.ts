/** The interfaces of a flow, by their SNMP indexes: the numbers that spans tell, names and rates are looked up by. */
import { sourcesOf } from '../attributes.ts';
import type { FieldSet } from './fieldset.ts';
import { firstNumberOf } from './layout.ts';

const INDEXES = ['netflow.interface.ingress.index', 'netflow.interface.egress.index'] as const;

/** Expressions of the indexes where a flow came in and where it went out; -1 for one that records do not tell. */
export function interfacesOf(fields: FieldSet): [ingress: string, egress: string] {
  const [ingress, egress] = INDEXES.map((attribute) => fields.findEach(sourcesOf(attribute)));
  return [ingress.length > 0 ? firstNumberOf(ingress) : '-1', egress.length > 0 ? firstNumberOf(egress) : '-1'];
}
