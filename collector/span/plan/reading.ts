/** One of the ways in which the records of a template can be read. */
import type { LocatedField } from './layout.ts';

/** The header around the flow's: its addresses, and what else the record has of it. */
export type Outer = {
  source: LocatedField;
  destination: LocatedField;
  protocol: LocatedField | undefined;
  sourcePort: LocatedField | undefined;
  destinationPort: LocatedField | undefined;
  /** The family of what it carries. */
  carries: 'ipv4' | 'ipv6';
};

/** A way to read records: those of which `when` is true and no `when` before was. */
export type Reading = { when: string; fields: LocatedField[]; outer?: Outer };
