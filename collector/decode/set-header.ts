/** What the headers of sets alone tell: id and length (RFC 3954 §5, RFC 7011 §3.3.2). */

/** Bytes of a set's id and length. Fewer at the end of a message, or of a set of templates, are padding. */
export const SET_HEADER_LENGTH = 4;
/** Sets with an id from here on hold data of the template with that id. */
export const MIN_DATA_SET_ID = 256;

/**
 * Whether there are sets of known kinds from `offset` on, and the last of them ends exactly at `end`. Then they tell
 * how long their IPFIX message is, whatever its header says.
 */
export function setsFill(view: DataView, offset: number, end: number): boolean {
  let at = offset;
  while (at + SET_HEADER_LENGTH <= end) {
    const id = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (length < SET_HEADER_LENGTH || (id !== 2 && id !== 3 && id < MIN_DATA_SET_ID)) return false;
    at += length;
  }
  return at === end && end > offset;
}
