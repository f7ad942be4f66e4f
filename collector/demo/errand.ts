/** What the collector is to be started for, when it is not to wait for devices alone. */
export type Errand = {
  /** Its command line. */
  args: string[];
  /** Sends packets to a listener once the collector is ready, until `signal` aborts. */
  feed(listener: { address: string; port: number }, signal: AbortSignal): Promise<void>;
};
