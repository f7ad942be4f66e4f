/** Where something comes from that a device exported. */
import * as z from 'zod';

/** Longest name of a listener, and longest address with its zone. */
const MAX_NAME = 253;

export const observationDomain = z.int().min(0).max(0xffff_ffff);

/** What each announcement says of its origin. */
export const origin = {
  listener: z.string().max(MAX_NAME).describe('Name of the listener it came to.'),
  address: z.string().max(MAX_NAME).describe('Address of its exporter.'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .describe('Source port of its exporter, where exporters are told apart by it; else 0.'),
  version: z.union([z.literal(9), z.literal(10)]),
  domain: observationDomain.describe('Observation domain, or source id.'),
};

export const receivedAt = z
  .number()
  .min(0)
  .describe('When a collector received the packet that brought it, in Unix milliseconds.');

export const adopted = z
  .boolean()
  .optional()
  .describe('Its exporter did not announce it to the collector that tells it, which has it from elsewhere.');

type Origin = { listener: string; address: string; port: number; version: number };

/** A key of the exporter that something comes from. */
export function exporterOf({ listener, address, port, version }: Origin): string {
  return [listener, address, port, version].join(' ');
}
