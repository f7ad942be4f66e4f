/**
 * Records of wireless controllers: the addresses of a station (365, 366) are of one end of the flow, by its direction.
 */
import { isSound, type LocatedField, numberOf } from './layout.ts';
import type { Reading } from './reading.ts';

const [STATION_MAC, STATION_ADDRESS] = [365, 366];
const DIRECTION = 61;
/** Elements that tell the address of an end. */
const ADDRESSES = [8, 12, 27, 28];
/** What the station is by direction, ingress or egress, as the elements of address and MAC. */
const ENDS = [
  { direction: 0, address: 8, mac: 56 },
  { direction: 1, address: 12, mac: 80 },
];

/** The ways to read records that tell the address of no end: with their station as one, where they have one. */
export function stationReadings(fields: LocatedField[]): Reading[] {
  const find = (element: number) => fields.find((field) => field.key === element && isSound(field));
  const direction = find(DIRECTION);
  const asTheyAre: Reading = { when: 'true', read: () => ({ fields }) };
  if (!direction || !find(STATION_ADDRESS) || ADDRESSES.some(find)) return [asTheyAre];
  const readings = ENDS.map(({ direction: number, address, mac }): Reading => {
    const keys = new Map([[STATION_ADDRESS, address]]);
    if (!find(mac)) keys.set(STATION_MAC, mac);
    const read = fields.map((field) => ({ ...field, key: keys.get(field.key) ?? field.key }));
    return { when: `${numberOf(direction)} === ${number}`, read: () => ({ fields: read }) };
  });
  return [...readings, asTheyAre];
}
