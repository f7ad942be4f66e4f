import { constants } from 'node:http2';

/** The status codes of gRPC (statuscodes.md). */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** The status for an HTTP answer that has none of its own, as from a proxy (http-grpc-status-mapping.md). */
export function codeOfHttpStatus(status: number): number {
  switch (status) {
    case 400:
      return GRPC.INTERNAL;
    case 401:
      return GRPC.UNAUTHENTICATED;
    case 403:
      return GRPC.PERMISSION_DENIED;
    case 404:
      return GRPC.UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return GRPC.UNAVAILABLE;
    default:
      return GRPC.UNKNOWN;
  }
}

/** The status for a stream that the server reset without one (PROTOCOL-HTTP2.md, "Errors"). */
export function codeOfReset(http2Code: number): number {
  switch (http2Code) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return GRPC.UNAVAILABLE;
    case constants.NGHTTP2_CANCEL:
      return GRPC.CANCELLED;
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return GRPC.RESOURCE_EXHAUSTED;
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return GRPC.PERMISSION_DENIED;
    default:
      return GRPC.INTERNAL;
  }
}

/** Reads `grpc-message`, percent-encoded UTF-8; what is wrongly encoded is left unchanged. */
export function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Writes `grpc-timeout` (PROTOCOL-HTTP2.md, "Timeout"): at most eight digits and a unit. */
export function encodeTimeout(milliseconds: number): string {
  const rounded = Math.ceil(milliseconds);
  return rounded < 1e8 ? `${rounded}m` : `${Math.min(Math.ceil(rounded / 1_000), 99_999_999)}S`;
}
