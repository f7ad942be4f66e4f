/** A template on its way to the other workers and to the state file: as it was exported, with whose it is. */
import { readTemplate, type Template } from '../decode/template.ts';
import type { Exporter } from './exporter.ts';

export type Announcement = {
  /** Name of the listener. */
  listener: string;
  /** Address and port of the exporter. */
  address: string;
  port: number;
  version: 9 | 10;
  domain: number;
  options: boolean;
  /** Export Time of the packet that brought it, in Unix seconds. */
  exportTime: number;
  /** The template record. */
  record: Uint8Array;
};

export function announce(
  listener: string,
  exporter: Exporter,
  domain: number,
  template: Template,
  exportTime: number,
): Announcement {
  const { address, port } = exporter;
  const { options, raw } = template;
  const version = template.version as 9 | 10;
  return { listener, address, port, version, domain, options, exportTime, record: raw };
}

/** The template that was announced; undefined when it is not one that this collector takes. */
export function readAnnouncement({ version, options, record }: Announcement, maxFields: number): Template | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const read = readTemplate(view, 0, record.length, version, options, maxFields);
  return read.kind === 'template' ? read.template : undefined;
}
