import type { Batch } from '../otlp/batch.ts';
import type { Taken } from '../spool/taken.ts';

/** A batch on its way. */
export type Entry = Omit<Batch, 'body'> & {
  /** The request's bytes, compressed or not. */
  body: Uint8Array;
  compressed: boolean;
  /** Bytes of the request, not compressed. */
  rawLength: number;
  /** What it is on disk, if it is there too. */
  taken?: Taken;
  /** It came from there. */
  loaded: boolean;
  /** Of a part of a batch that is on disk: called when it is settled, or on disk itself. */
  onSafe?: () => void;
  /** How often it was sent. */
  attempts: number;
  /** When it was first sent; undefined before. */
  firstSent?: number;
  /** When it last failed; undefined before. */
  lastFailed?: number;
  /** Since when it has failed while others were taken; undefined while nothing is. */
  failedAloneSince?: number | undefined;
  /** Not to be sent again before this time; 0 when it was not sent yet. */
  retryTime: number;
};
