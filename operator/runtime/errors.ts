/** What can go wrong with a call to the API server: a closed set, each with what it means for the caller. */

export const FAILURES = [
  /** 404. The object, or its whole kind, does not exist. After a delete: done. */
  'NotFound',
  /** 409. A create found an object of that name. Read it and decide whose it is. */
  'AlreadyExists',
  /** 409. The object changed since it was read. Read again and retry; nothing was written. */
  'Conflict',
  /** 410, or a resourceVersion from the future. That version can't be served any more: list anew. */
  'Gone',
  /** 422. The object breaks its schema; `causes` name the fields. Retrying is no use before the object changes. */
  'Invalid',
  /** 401. The credentials are wrong or out of date. Token files are read again within a minute: retry. */
  'Unauthorized',
  /** 403. RBAC, an admission policy or a quota says no. Only a person can help; retry slowly, say it in a condition. */
  'Forbidden',
  /** 429. The server is busy. Wait at least `retryAfter`; nothing was written. */
  'TooManyRequests',
  /** Any other 4xx. A mistake of this program or a version of the server it was not made for. */
  'Rejected',
  /** 5xx. The server has trouble; a write may or may not have happened. Retry: every write here can be repeated. */
  'ServerError',
  /** No answer in time, from the server or from what it asks. As with `ServerError`, a write may have happened. */
  'Timeout',
  /** No connection, or it broke. As with `ServerError`, a write may have happened. */
  'Network',
  /** The answer is not what an API server says: cut, too long, not JSON. A proxy in between, or a connection cut. */
  'BadResponse',
] as const;
export type Failure = (typeof FAILURES)[number];

/** Which field is wrong, and why. */
export type Cause = { reason?: string; message?: string; field?: string };

/** The `Status` object of the API server, as far as it is read. */
export type Status = {
  reason?: string;
  message?: string;
  code?: number;
  details?: { retryAfterSeconds?: number; causes?: Cause[] };
};

type Details = { status?: number; retryAfter?: number; causes?: readonly Cause[]; cause?: unknown };

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly failure: Failure;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Milliseconds the server asks to wait; 0 when it does not. */
  readonly retryAfter: number;
  readonly causes: readonly Cause[];

  constructor(failure: Failure, message: string, { status, retryAfter = 0, causes = [], cause }: Details = {}) {
    super(message, { cause });
    this.failure = failure;
    this.status = status;
    this.retryAfter = retryAfter;
    this.causes = causes;
  }
}

/** Whether `error` is the API server's or the network's, and of that kind. */
export function isFailure(error: unknown, failure: Failure): error is ApiError {
  return error instanceof ApiError && error.failure === failure;
}

const BY_CODE: Record<number, Failure> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Timeout',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  504: 'Timeout',
};

/**
 * The error that an HTTP answer, or an ERROR event of a watch, stands for. `status` is the decoded body, if it was
 * one; `retryAfter` the header of that name in seconds.
 */
export function toApiError(code: number, status: Status | undefined, retryAfter?: string): ApiError {
  const causes = Array.isArray(status?.details?.causes) ? status.details.causes : [];
  const seconds = Number(retryAfter ?? status?.details?.retryAfterSeconds ?? 0);
  return new ApiError(failureOf(code, status?.reason, causes), status?.message ?? `HTTP status ${code}`, {
    status: code,
    retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : 0,
    causes,
  });
}

function failureOf(code: number, reason: string | undefined, causes: readonly Cause[]): Failure {
  // After a restore of etcd, versions that were handed out lie in the future.
  if (causes.some((cause) => cause.reason === 'ResourceVersionTooLarge')) return 'Gone';
  if (reason === 'AlreadyExists') return 'AlreadyExists';
  return BY_CODE[code] ?? (code >= 500 ? 'ServerError' : 'Rejected');
}
