/**
 * Every error a user of the collector can meet: its code, what happened, and what to do about it.
 * docs/reference/errors.md is made of it.
 */

export const ERRORS = {
  E_CONFIG: {
    message: 'the configuration is not valid',
    remedy: 'Correct what is listed; `--check` shows the result without starting, `--help` what can be set.',
  },
  E_CONFIG_FILE: {
    message: 'the configuration file cannot be read',
    remedy: 'Give --config a file that exists and that the user of this process may read.',
  },
  E_PORT_IN_USE: {
    message: 'the UDP port is taken by another program',
    remedy:
      'Find that program with `ss -ulpn`, perhaps another collector, and stop it, or listen elsewhere with --listen HOST:PORT.',
  },
  E_LISTEN_PERMISSION: {
    message: 'this user may not listen on the UDP port',
    remedy: 'Use a port above 1023, or grant CAP_NET_BIND_SERVICE.',
  },
  E_LISTEN_ADDRESS: {
    message: 'the address to listen on is not one of this machine',
    remedy: 'List its addresses with `ip address`, or listen on all of them with --listen :PORT.',
  },
  E_LISTEN: {
    message: 'the UDP socket cannot be opened',
    remedy: 'The cause is the system’s; check the address family and the limit of open files.',
  },
  E_HTTP_PORT_IN_USE: {
    message: 'the HTTP port is taken by another program',
    remedy:
      'Find that program with `ss -tlpn`, perhaps another collector, and stop it, or choose another port with --http HOST:PORT.',
  },
  E_HTTP_LISTEN: {
    message: 'the HTTP endpoints cannot be opened',
    remedy: 'Choose an address of this machine and a port above 1023 with --http HOST:PORT.',
  },
  E_HTTP_TOKEN: {
    message: 'the file of the HTTP token cannot be used',
    remedy:
      'Write a token to http.tokenFile that cannot be guessed, as `openssl rand -hex 32` makes it, readable for the user of this process.',
  },
  E_STATE_DIR: {
    message: 'the folder for learned templates cannot be used',
    remedy: 'Create it and make it writable for the user of this process, or leave templates.stateDir out.',
  },
  E_SPOOL_DIRECTORY: {
    message: 'the folder of the spool cannot be used',
    remedy:
      'Create otlp.queue.directory and make it writable for the user of this process, which is 65532 in the image.',
  },
  E_TLS_FILE: {
    message: 'a certificate file cannot be used',
    remedy: 'Give otlp.tls.caFile and certFile readable files of PEM certificates, keyFile the key of certFile.',
  },
  E_HEADERS_FILE: {
    message: 'a file of headers cannot be used',
    remedy: 'Give headersFile a readable JSON file of names and values, such as {"authorization": "Bearer TOKEN"}.',
  },
  E_NETWORKS_FILE: {
    message: 'the file of network names cannot be used',
    remedy: 'Correct it; it must be as docs/spans.md describes, and the user of this process may read it.',
  },
  E_ELEMENTS_FILE: {
    message: 'the file of elements cannot be used',
    remedy: 'Correct it; it must be as docs/elements.md describes, and the user of this process may read it.',
  },
  E_REPORT_FILES: {
    message: 'the files by which the operator is found cannot be used',
    remedy:
      'They come once the operator has made its ConfigMap; without them the collector works, and does not report.',
  },
  E_WORKER: {
    message: 'a worker thread ended unexpectedly',
    remedy: 'This is a defect of netflow2traces: please report it with the log’s last lines.',
  },
} as const;

/** Code of an error of the collector. It stays the same between versions: scripts and runbooks may rely on it. */
export type ErrorCode = keyof typeof ERRORS;

/** An error the user can do something about. Everything else that is thrown is a defect. */
export class CollectorError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly remedy: string;

  /** `detail` says where and what, such as `[::]:2055`; `cause` is the system's error, if there is one. */
  constructor(code: ErrorCode, detail: string, cause?: unknown) {
    super(`${ERRORS[code].message}: ${detail}`, { cause });
    this.name = 'CollectorError';
    this.code = code;
    this.detail = detail;
    this.remedy = ERRORS[code].remedy;
  }
}

/** What only the user can correct before the collector can start. */
const MISTAKES: readonly ErrorCode[] = ['E_CONFIG', 'E_CONFIG_FILE', 'E_NETWORKS_FILE', 'E_ELEMENTS_FILE'];

/** The exit code of a program that ends with `error`. */
export function exitCodeOf({ code }: { code: ErrorCode }): 1 | 2 {
  return MISTAKES.includes(code) ? 2 : 1;
}

/** What is printed when a program ends with `error`: two lines, the second says what to do. */
export function formatError(error: CollectorError): string {
  return `error ${error.code}: ${error.message}\n  → ${error.remedy}\n`;
}

const LISTEN_ERRORS: Record<string, ErrorCode> = {
  EADDRINUSE: 'E_PORT_IN_USE',
  EACCES: 'E_LISTEN_PERMISSION',
  EADDRNOTAVAIL: 'E_LISTEN_ADDRESS',
};

/** The error for a UDP socket that could not be bound to `where`. */
export function listenError(cause: NodeJS.ErrnoException, where: string): CollectorError {
  return new CollectorError(LISTEN_ERRORS[cause.code ?? ''] ?? 'E_LISTEN', `${where} (${cause.message})`, cause);
}
