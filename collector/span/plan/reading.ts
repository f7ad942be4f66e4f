/** One of the ways in which the records of a template can be read. */
import type { LocatedField } from './layout.ts';

/** A header around the flow's: its addresses, and what else the record has of it. */
export type Outer = {
  /** Expression of whether a record has it. */
  isThere: string;
  family: 'ipv4' | 'ipv6';
  source: LocatedField;
  destination: LocatedField;
  protocol: LocatedField | undefined;
  sourcePort: LocatedField | undefined;
  destinationPort: LocatedField | undefined;
  /** Expression of whether a record has a segment routing header of it. */
  hasSegments: string;
};

/** The headers that may be around the flow's, the outermost first, and the family of what they carry. */
export type Tunnel = { outers: readonly Outer[]; carries: Outer['family'] };

/** A record's fields with one header as the flow's, and those around it. */
export type ReadFields = { fields: LocatedField[]; tunnel?: Tunnel };

/** A way to read records: those of which `when` is true and no `when` before was. */
export type Reading = { when: string; read: () => ReadFields };
