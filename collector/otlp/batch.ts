/** A sealed batch: one complete `ExportTraceServiceRequest`, ready to send. */
export type Batch = {
  /** The request's protobuf bytes. Not to be used after `release`. */
  body: Uint8Array;
  /** Spans in it, those of packets included. */
  spans: number;
  /** Flow spans in it: what the ledger counts. */
  flows: number;
  /** When it was sealed, in Unix milliseconds. */
  sealedTime: number;
  /** Gives the memory back. To be called once, when the batch is exported or given up. */
  release(): void;
};
