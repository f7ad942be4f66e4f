/** The attributes `client.*` and `server.*`: the two ends of a flow again, by its direction. */
import type { AttributeName } from '../../../crds/attributes/table.ts';
import { PORT_ATTRIBUTES } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import { directionOf, emitByDirection } from './direction.ts';
import { emitAddressAgain } from './ends.ts';
import type { FieldSet } from './fieldset.ts';
import { emitPortValue } from './ports.ts';

type Side = { address: AttributeName; port: AttributeName };

/** Of the source in flows of each direction; of the destination in those of the other. */
const CLIENT: Side = { address: 'client.address', port: 'client.port' };
const SERVER: Side = { address: 'server.address', port: 'server.port' };
const SIDES = [[], [CLIENT, SERVER], [SERVER, CLIENT]];

/** Appends them where the direction is known. The protocol is in `t`, the direction in `d`. */
export function emitSides(code: PlanCode, fields: FieldSet): void {
  if ([CLIENT, SERVER].every(({ address, port }) => !fields.nameOf(address) && !fields.nameOf(port))) return;
  emitByDirection(code, directionOf(fields), (direction) => {
    for (const [end, { address, port }] of SIDES[direction].entries()) {
      const [addressName, portName] = [fields.nameOf(address), fields.nameOf(port)];
      if (addressName !== undefined) emitAddressAgain(code, fields, end, addressName);
      if (portName !== undefined) emitPortValue(code, fields, PORT_ATTRIBUTES[end], portName);
    }
  });
}
