/** A template on its way to other workers, other collectors and the state file: as it was exported, with whose it is. */
import type { AnnouncedTemplate } from '../../crds/template.ts';
import { readTemplate, type Template } from '../decode/template.ts';
import type { Exporter } from './exporter.ts';

export type Announcement = {
  /** Name of the listener. */
  listener: string;
  /** Address and source port of the exporter; a port of 0 stands for any. */
  address: string;
  port: number;
  version: 9 | 10;
  domain: number;
  options: boolean;
  /** Export Time of the packet that brought it, in Unix seconds. */
  exportTime: number;
  /** When a collector received that packet, in Unix milliseconds. */
  receivedAt: number;
  /** The template record. */
  record: Uint8Array;
};

export function announce(
  listener: string,
  exporter: Exporter,
  domain: number,
  template: Template,
  { exportTime, receivedAt }: { exportTime: number; receivedAt: number },
): Announcement {
  const { address, port } = exporter;
  const { options, raw } = template;
  const version = template.version as 9 | 10;
  return { listener, address, port, version, domain, options, exportTime, receivedAt, record: raw };
}

/** The template that was announced; undefined when it is not one that this collector takes. */
export function readAnnouncement({ version, options, record }: Announcement, maxFields: number): Template | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const read = readTemplate(view, 0, record.length, version, options, maxFields);
  return read.kind === 'template' ? read.template : undefined;
}

/** As JSON, for files and for other collectors. */
export function toJson({ record, ...announcement }: Announcement): AnnouncedTemplate {
  return { ...announcement, record: Buffer.from(record).toString('base64') };
}

export function fromJson({ record, ...announced }: AnnouncedTemplate): Announcement {
  return { ...announced, record: Uint8Array.from(Buffer.from(record, 'base64')) };
}
