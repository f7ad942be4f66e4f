/** One file of a spool: batches are added at its end, read from its beginning, and marked when they are done. */
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import {
  DONE,
  encodeRecordHeader,
  encodeSegmentHeader,
  RECORD_HEADER,
  type RecordHeader,
  readRecordHeader,
  readVersion,
  SEGMENT_HEADER,
  STATE,
  VERSION,
} from './format.ts';

/** What is kept of a batch. `body` is compressed. */
export type Stored = Pick<RecordHeader, 'flows' | 'spans' | 'rawLength' | 'sealedTime'> & { body: Uint8Array };
/** Where a record is. */
export type Place = { segment: Segment; offset: number; flows: number };
/** What is read of one. `body` is undefined when it is damaged. */
export type Found = Place & Omit<Stored, 'body'> & { body: Uint8Array | undefined };

/** A segment that another program wrote in a form that this one does not know, or that is none. */
export class UnknownSegmentError extends Error {}

export class Segment {
  readonly path: string;
  readonly #file: FileHandle;
  /** Bytes in it. */
  size: number;
  /** Records, and flows in them, that are not done. */
  records = 0;
  flows = 0;
  /** When the oldest of them was sealed; 0 when there is none. */
  oldestTime = 0;
  /** Whether its last record was cut off, as when its writer was killed. */
  torn = false;
  /** Where the next record to read is. */
  #next = SEGMENT_HEADER;

  private constructor(path: string, file: FileHandle, size: number) {
    this.path = path;
    this.#file = file;
    this.size = size;
  }

  /** A new file. */
  static async create(path: string): Promise<Segment> {
    const file = await open(path, 'wx+', 0o600);
    const segment = new Segment(path, file, SEGMENT_HEADER);
    try {
      await file.write(encodeSegmentHeader(), 0, SEGMENT_HEADER, 0);
      return segment;
    } catch (error) {
      await segment.remove();
      throw error;
    }
  }

  /** A file of an earlier run. Rejects with an UnknownSegmentError when it is of another version. */
  static async adopt(path: string): Promise<Segment> {
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    const segment = new Segment(path, file, size);
    try {
      const version = readVersion(await segment.#read(0, SEGMENT_HEADER));
      // Killed before its header was written, it holds nothing.
      if (version === undefined && size < SEGMENT_HEADER) segment.torn = size > 0;
      else if (version !== VERSION) throw new UnknownSegmentError(`version ${version ?? 'unknown'}`);
      else await segment.#scan();
      return segment;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Counts what is not done; what follows a record that is cut off can't be read. */
  async #scan(): Promise<void> {
    let offset = SEGMENT_HEADER;
    while (offset < this.size) {
      const header = readRecordHeader(await this.#read(offset, RECORD_HEADER));
      const end = offset + RECORD_HEADER + (header?.length ?? 0);
      if (header === undefined || end > this.size) {
        this.torn = true;
        break;
      }
      if (!header.done) this.#count(header);
      offset = end;
    }
    this.size = offset;
  }

  #count({ flows, sealedTime }: Pick<RecordHeader, 'flows' | 'sealedTime'>): void {
    this.records++;
    this.flows += flows;
    this.oldestTime ||= sealedTime;
  }

  /**
   * Adds a record, and resolves with where it is; with `sync`, it is on the disk itself then. Rejects when it can't be
   * written.
   */
  async append({ body, ...batch }: Stored, sync: boolean): Promise<Place> {
    const header = encodeRecordHeader({ ...batch, length: body.byteLength, checksum: crc32(body) });
    const length = header.length + body.byteLength;
    try {
      const { bytesWritten } = await this.#file.writev([header, body], this.size);
      if (bytesWritten < length) throw new Error('ENOSPC: no space left on device');
      if (sync) await this.#file.datasync();
    } catch (error) {
      await this.#file.truncate(this.size).catch(() => {});
      throw error;
    }
    const offset = this.size;
    this.size += length;
    this.#count(batch);
    return { segment: this, offset, flows: batch.flows };
  }

  /** Whether all records have been read. */
  get read(): boolean {
    return this.#next >= this.size;
  }

  /** Whether the record has been read, or passed over. */
  hasPassed(offset: number): boolean {
    return offset < this.#next;
  }

  /**
   * The next record that is not done, nor passed over as `skips` says; undefined at the end. Rejects when the file
   * can't be read, or a header in it is damaged.
   */
  async next(skips: (offset: number) => boolean): Promise<Found | undefined> {
    while (!this.read) {
      const offset = this.#next;
      const header = readRecordHeader(await this.#read(offset, RECORD_HEADER));
      if (header === undefined) throw new Error(`no record at ${offset}`);
      this.#next = offset + RECORD_HEADER + header.length;
      if (!header.done && !skips(offset)) return this.#found(offset, header);
    }
    return undefined;
  }

  /** Reads a record again. Rejects as `next` does. */
  async at(offset: number): Promise<Found> {
    const header = readRecordHeader(await this.#read(offset, RECORD_HEADER));
    if (header === undefined) throw new Error(`no record at ${offset}`);
    return this.#found(offset, header);
  }

  async #found(
    offset: number,
    { length, checksum, flows, spans, rawLength, sealedTime }: RecordHeader,
  ): Promise<Found> {
    const body = await this.#read(offset + RECORD_HEADER, length);
    const whole = body.length === length && crc32(body) === checksum;
    return { segment: this, offset, flows, spans, rawLength, sealedTime, body: whole ? body : undefined };
  }

  /** Marks a record as done: no later run reads it. Rejects when that can't be written. */
  async mark({ offset }: Place): Promise<void> {
    await this.#file.write(Uint8Array.of(DONE), 0, 1, offset + STATE);
  }

  /** No longer counts a record that is done. */
  settle({ flows }: Place): void {
    this.records--;
    this.flows -= flows;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Rejects when the file can't be deleted, though it is closed. */
  async remove(): Promise<void> {
    await this.#file.close();
    await unlink(this.path);
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }
}
