/** Options data (RFC 7011 §3.4.2): what exporters tell of themselves. Read here is what the decoding of flows needs. */
import { recordEnd, type Template, VARIABLE_LENGTH } from './template.ts';

const SYSTEM_INIT_TIME_MILLISECONDS = 160;
const EXPORTER_IPV4_ADDRESS = 130;
const EXPORTER_IPV6_ADDRESS = 131;

const OBSERVATION_DOMAIN_ID = 149;
const OBSERVATION_DOMAIN_LENGTH = 4;

export type OptionsRecord = {
  /** The observation domain that is described, when it is not the message's own. */
  domain?: number;
  /** When the exporter was started, in Unix milliseconds. */
  systemInitMs?: number;
  /** Address of the device behind a mediator: 4 or 16 bytes. */
  exporterAddress?: Buffer;
};

/** Reads the options record at `offset`, which must be complete; returns its end too. */
export function readOptions(
  template: Template,
  bytes: Buffer,
  offset: number,
  end: number,
): { options: OptionsRecord; next: number } {
  const options: OptionsRecord = {};
  const next = recordEnd(template, bytes, offset, end);
  let at = offset;
  for (const { pen, id, length: announced } of template.fields) {
    let length = announced;
    if (announced === VARIABLE_LENGTH) {
      length = bytes[at++];
      if (length === 255) {
        length = bytes.readUInt16BE(at);
        at += 2;
      }
    }
    if (pen === 0 && id === OBSERVATION_DOMAIN_ID && length === OBSERVATION_DOMAIN_LENGTH && template.version === 10) {
      options.domain = bytes.readUInt32BE(at);
    } else if (pen === 0 && id === SYSTEM_INIT_TIME_MILLISECONDS && length === 8) {
      options.systemInitMs = Number(bytes.readBigUInt64BE(at)) || undefined;
    } else if (
      pen === 0 &&
      ((id === EXPORTER_IPV4_ADDRESS && length === 4) || (id === EXPORTER_IPV6_ADDRESS && length === 16))
    ) {
      const address = Buffer.from(bytes.subarray(at, at + length));
      if (address.some((byte) => byte !== 0)) options.exporterAddress = address;
    }
    at += length;
  }
  return { options, next };
}
