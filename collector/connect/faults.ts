/**
 * Faults of connections and of TLS in words: what is wrong between a backend and us, and the field that puts it right.
 */
import { connect } from 'node:tls';
import type { Target } from '../otlp/endpoint.ts';

/** Long enough for a handshake, short enough for a second question after a failure. */
const PROBE_MS = 1_000;
/** So long the answer of a probe is believed. */
const PROBE_AGE_MS = 10_000;

const OWN_CERTIFICATE = 'otlp.tls.certFile and keyFile (in the resource: tls.clientCertificate)';

/**
 * What the system, Node and OpenSSL say, and what it means, in order of precedence. `otlp` is the part of the
 * configuration that names the endpoint; TLS is configured once, for traces and metrics.
 */
const FAULTS: readonly [pattern: RegExp, words: (otlp: string) => string][] = [
  [
    /unable to verify the first certificate|self-signed certificate|unable to get (local )?issuer certificate|certificate signature failure/,
    () =>
      'the backend’s certificate is not signed by an authority that we trust: set otlp.tls.caFile (in the resource: tls.ca) to the authority that signs it',
  ],
  [
    /does not match certificate's altnames/,
    () => 'the backend’s certificate is for another name: set otlp.tls.serverName to one that it has',
  ],
  [
    /certificate has expired|certificate is not yet valid/,
    () =>
      'the backend’s certificate is not valid at this time: renew it there, or set this machine’s clock; of the fields only otlp.tls.insecureSkipVerify would let it pass',
  ],
  [
    /wrong version number|packet length too long|record layer failure/,
    (otlp) =>
      `the backend speaks plaintext on this port, not TLS: write http:// in ${otlp}.endpoint, or for host:port set otlp.insecure: true`,
  ],
  [
    /alert certificate required|alert handshake failure|alert bad certificate\b.*SSL alert number 42/,
    () => `the backend wants a certificate of ours, or has no cipher in common with us: set ${OWN_CERTIFICATE}`,
  ],
  [
    /alert (unknown ca|bad certificate|unsupported certificate|certificate (revoked|expired|unknown)|access denied)/,
    () => `the backend does not accept our certificate: look at ${OWN_CERTIFICATE}`,
  ],
  [
    /alert no application protocol/,
    (otlp) => `the backend speaks another version of HTTP on this port: change ${otlp}.protocol, or the port`,
  ],
  [
    /ECONNREFUSED/,
    (otlp) => `nobody listens there: start the backend, or correct the host and the port in ${otlp}.endpoint`,
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    (otlp) => `the host’s name is not known here: correct it in ${otlp}.endpoint, or look at the DNS`,
  ],
  [/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/, () => 'the backend can’t be reached: look at routes and firewalls on the way'],
];

/** Such as "gRPC status UNAVAILABLE: ": it stays in front. */
const PREFIX = /^gRPC status \w+: /;

/** What is wrong, when it is one of these faults that `message` tells of. */
export function explainFault(message: string, otlp: string): string | undefined {
  const fault = FAULTS.find(([pattern]) => pattern.test(message));
  if (fault === undefined) return undefined;
  const prefix = PREFIX.exec(message)?.[0] ?? '';
  return `${prefix}${fault[1](otlp)} (${reasonIn(message.slice(prefix.length))})`;
}

/** What the system says, without what only its authors need. */
function reasonIn(message: string): string {
  const openssl = /error:[0-9A-F]{8}:SSL routines:\w*:([^:]+):/.exec(message);
  return (openssl?.[1] ?? message.replace(/; if the root CA is installed locally.*/s, '')).trim();
}

/** How it looks when plaintext meets TLS: most servers close the connection without a word, some answer 400. */
const UNHEARD = /ECONNRESET|EPIPE|socket hang up|the connection was closed|HTTP status 400|Parse Error/;

/**
 * Whether the backend at a plaintext target speaks TLS, after a failure with this message. Asked seldom: it takes a
 * connection.
 */
export function createTlsProbe(target: Target): (message: string) => Promise<boolean> {
  let asked = Number.NEGATIVE_INFINITY;
  let answer: Promise<boolean> = Promise.resolve(false);
  return (message) => {
    if (target.secure || target.proxy !== undefined || !UNHEARD.test(message)) return Promise.resolve(false);
    if (performance.now() - asked > PROBE_AGE_MS) {
      asked = performance.now();
      answer = speaksTls(target);
    }
    return answer;
  };
}

function speaksTls({ host, port, socketPath }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const place = socketPath === undefined ? { host, port } : { path: socketPath };
    const socket = connect({ ...place, rejectUnauthorized: false });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_MS, () => end(false));
    socket.once('secureConnect', () => end(true));
    // An alert is an answer in TLS.
    socket.on('error', (error) => end(/SSL alert number/.test(error.message)));
    socket.once('close', () => end(false));
  });
}

/** What is wrong when plaintext was sent to a port that speaks TLS. */
export function plaintextToTls(otlp: string): string {
  return `the backend speaks TLS on this port, not plaintext: write https:// in ${otlp}.endpoint, or for host:port set otlp.insecure: false`;
}
