/** When a flow was, whatever is wrong with the clocks and units of its exporter. */
import { type Case, type ExpectedFlow, PRESENT } from './case.ts';

const SOURCE = 'netflow.time.source';
const MARKED = { [SOURCE]: PRESENT };

/** FIRST 10 s and LAST 1 s before the uptime of the header. */
const OF_UPTIME: ExpectedFlow = { start: -10_000, end: -1_000 };

export const TIME: readonly Case[] = [
  {
    file: 'M03',
    shows: 'FIRST and LAST of 0 are no times',
    flows: [{ attributes: { [SOURCE]: 'absent' }, start: 0, end: 0 }],
  },
  {
    file: 'M06',
    shows: 'seconds for milliseconds',
    flows: [{ attributes: MARKED, start: -30_000, end: 0 }],
  },
  {
    file: 'M09',
    shows: 'Unix time in microseconds and nanoseconds for NTP’s',
    flows: [{ count: 2, attributes: MARKED, start: -5_000, end: -1_000 }],
  },
  {
    file: 'M11',
    shows: 'uptimes of a device whose clock is two hours ahead, then five behind',
    flows: [{ count: 2, attributes: MARKED, ...OF_UPTIME }],
  },
  {
    file: 'X02',
    shows: 'a clock two hours ahead, clamped',
    config: { spans: { timestamps: 'clamped' } },
    flows: [{ attributes: MARKED, ...OF_UPTIME }],
  },
  {
    file: 'M31',
    shows: 'start and end in different units',
    flows: [
      { start: -30_000, end: -500 },
      { start: -4_000, end: 0 },
      { start: -4_000, end: -500 },
    ],
  },
  {
    file: 'M32',
    shows: 'the time of the start (160) in seconds, in the record and in options',
    flows: [{ count: 2, attributes: MARKED, ...OF_UPTIME }],
  },
  {
    file: 'M33',
    shows: 'milliseconds of 6 bytes, and seconds for them of 4',
    flows: [
      { start: -5_000, end: -1_000 },
      { attributes: MARKED, start: -30_000, end: 0 },
    ],
  },
  { file: 'M15', shows: 'a start and an event', flows: [{ start: -60_000, end: -100 }] },
  { file: 'X03', shows: 'a start hours before the event', flows: [{ start: -10_800_000, end: -200 }] },
  {
    // 1970-01-01T18:20:51Z and 1970-01-04T01:10:30Z.
    file: 'M16',
    shows: 'seconds of 8 and 3 bytes, uptimes of 8 bytes',
    flows: [
      { start: -30_000, end: 0 },
      {
        attributes: { ...MARKED, 'netflow.flow.start': 66_051e9, 'netflow.flow.end': 263_430e9 },
        start: 0,
        end: 0,
      },
      OF_UPTIME,
    ],
  },
  {
    file: 'M18',
    shows: 'FIRST and LAST long after the uptime of the header',
    flows: [{ attributes: MARKED, start: [-Infinity, 5_000], end: [-Infinity, 5_000] }],
  },
  { file: 'M22', shows: 'a clock of the year 2000', flows: [{ attributes: MARKED, ...OF_UPTIME }] },
  {
    // FIRST is 9,939 ms before the uptime of the header, LAST 10,000.
    file: 'X01',
    shows: 'an end 61 ms before the start',
    flows: [{ start: -9_939, end: -9_939 }],
  },
  {
    // Uptimes without 160; the differences are those of 21 and 22.
    file: 'sampling-selector-309-310',
    shows: 'IPFIX uptimes without the time of the start keep their duration',
    received: 'exported',
    flows: [
      { start: 0, end: 0 },
      { start: -59_013, end: 0 },
      { start: -59_001, end: 0 },
    ],
  },
];
