/** The packets of the demo, which are part of the program. */
import type { ExportPacket } from './captures.ts';
import { DEMO_PACKETS } from './demo.generated.ts';

/** Packets of several real exporters, in an order in which each decodes. All are from one source. */
export function demoPackets(): ExportPacket[] {
  return DEMO_PACKETS.map((base64) => ({ payload: Buffer.from(base64, 'base64'), source: 'demo', time: undefined }));
}
