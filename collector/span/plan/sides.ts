/** The two ends of a flow again: `client.*` and `server.*` by its direction, `network.peer.*` in profile `python`. */
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
const PEER: Side = { address: 'network.peer.address', port: 'network.peer.port' };
const DESTINATION = 1;

/**
 * Appends client and server where the direction is known, and the peer. The protocol is in `t`, the direction in `d`.
 */
export function emitSides(code: PlanCode, fields: FieldSet): void {
  if ([CLIENT, SERVER].some(({ address, port }) => fields.nameOf(address) || fields.nameOf(port))) {
    emitByDirection(code, directionOf(fields), (direction) => {
      for (const [end, side] of SIDES[direction].entries()) emitSide(code, fields, end, side);
    });
  }
  emitSide(code, fields, DESTINATION, PEER);
}

function emitSide(code: PlanCode, fields: FieldSet, end: number, { address, port }: Side): void {
  const [addressName, portName] = [fields.nameOf(address), fields.nameOf(port)];
  if (addressName !== undefined) emitAddressAgain(code, fields, end, addressName);
  if (portName !== undefined) emitPortValue(code, fields, PORT_ATTRIBUTES[end], portName);
}
