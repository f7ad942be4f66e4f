/** The packets of the demo, which are part of the program. */
import type { ExportPacket } from '../replay/captures.ts';
import { DEMO_PACKETS } from './demo.generated.ts';

/** Packets of several real exporters, each a source, in an order in which each decodes. */
export function demoPackets(): ExportPacket[] {
  return DEMO_PACKETS.map(([source, base64]) => ({ payload: Buffer.from(base64, 'base64'), source, time: undefined }));
}
