/** How a request ended. What a failure means is decided in `retry.ts`. */
import type { IExporterTransport } from '@opentelemetry/otlp-exporter-base';

export type Outcome =
  /** `data`: the answer's message, if there was one that can be read. */
  | { status: 'success'; data?: Uint8Array }
  /** Worth another try, `retryInMillis` from now or later if the backend said so. */
  | { status: 'retryable'; error: Error; retryInMillis?: number }
  /** Not to be sent again as it is; `tooLarge`: its parts may be. */
  | { status: 'failure'; error: Error; tooLarge?: boolean };

/** The SDK's interface of a transport, with what we tell beyond it. */
export interface Transport extends IExporterTransport {
  send(data: Uint8Array, timeoutMillis: number): Promise<Outcome>;
}
