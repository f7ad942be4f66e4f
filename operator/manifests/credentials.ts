import { createPrivateKey } from 'node:crypto';
import { checkToken } from '../../crds/common/http-access.ts';
import { certificatesIn } from '../../crds/common/pem.ts';
import type { NetflowCollector, NetflowCollectorSpec } from '../../crds/netflowcollector.ts';
import { headerValue } from '../../crds/otlp.ts';
import { CREDENTIALS } from './files.ts';

/** Files of the Secret by their names; see `files.ts`. */
export type CredentialFiles = Partial<Record<(typeof CREDENTIALS)[keyof typeof CREDENTIALS], string>>;

/** What stands in the way: the field that leads there, and a sentence that says what to do. Never a secret. */
export type CredentialProblem = { path: string; message: string };

export type Kind = 'Secret' | 'ConfigMap';

/** The data of an object of the resource's namespace; undefined when it does not exist. */
export type Lookup = (kind: Kind, name: string) => Record<string, Uint8Array> | undefined;

type Authentication = Pick<NetflowCollectorSpec['otlp'], 'headers' | 'bearerToken' | 'basicAuth'>;
type KeyRef = { name: string; key: string };

/** The objects that the resource refers to, each once: what is to be watched. */
export function referencesOf(resource: NetflowCollector): { kind: Kind; name: string }[] {
  const seen = new Map<string, { kind: Kind; name: string }>();
  const note: Lookup = (kind, name) => {
    seen.set(`${kind} ${name}`, { kind, name });
    return undefined;
  };
  assembleCredentials(resource, note);
  missingNames(resource, note);
  return [...seen.values()];
}

/**
 * Puts together what the resource refers to. With a problem there are no files: the pods keep the last good ones.
 * Values of headers lose line breaks at their ends, which are there by accident.
 */
export function assembleCredentials(
  { metadata, spec: { otlp, metrics, http } }: NetflowCollector,
  lookup: Lookup,
): { files: CredentialFiles } | { problems: CredentialProblem[] } {
  const problems: CredentialProblem[] = [];

  function read(kind: Kind, { name, key }: KeyRef, path: string): string {
    const data = lookup(kind, name);
    if (data && Object.hasOwn(data, key)) return Buffer.from(data[key]).toString();
    problems.push({ path, message: missing(kind, { name, key }, data, metadata.namespace) });
    return '';
  }

  function secret(reference: { secretKeyRef: KeyRef }, path: string): string {
    return read('Secret', reference.secretKeyRef, `${path}.secretKeyRef`).replace(/[\r\n]+$/, '');
  }

  function check(path: string, message: string, attempt: () => unknown): void {
    if (problems.length > 0) return;
    try {
      attempt();
    } catch (error) {
      problems.push({ path, message: `${message} (${(error as Error).message})` });
    }
  }

  function headersOf({ headers, bearerToken, basicAuth }: Authentication, path: string): string {
    const entries = headers.map(({ name, value, valueFrom }, index) => ({
      name,
      value: value ?? secret(valueFrom!, `${path}.headers[${index}].valueFrom`),
      path: `${path}.headers[${index}]`,
    }));
    if (bearerToken) {
      const value = `Bearer ${secret(bearerToken, `${path}.bearerToken`)}`;
      entries.push({ name: 'authorization', value, path: `${path}.bearerToken` });
    }
    if (basicAuth) {
      const pair = `${basicAuth.username}:${secret(basicAuth.password, `${path}.basicAuth.password`)}`;
      const value = `Basic ${Buffer.from(pair).toString('base64')}`;
      entries.push({ name: 'authorization', value, path: `${path}.basicAuth` });
    }
    for (const { name, value, path } of entries) {
      if (headerValue.safeParse(value).success) continue;
      problems.push({ path, message: `the value of the header ${name} must be printable ASCII, on one line` });
    }
    return JSON.stringify(Object.fromEntries(entries.map(({ name, value }) => [name, value])));
  }

  function tlsFiles(): CredentialFiles {
    const { ca, clientCertificate } = otlp.tls;
    const files: CredentialFiles = {};
    if (ca) {
      const path = 'spec.otlp.tls.ca';
      const pem = ca.secretKeyRef
        ? read('Secret', ca.secretKeyRef, `${path}.secretKeyRef`)
        : read('ConfigMap', ca.configMapKeyRef!, `${path}.configMapKeyRef`);
      check(path, 'must hold certificates in PEM', () => certificates(pem));
      files[CREDENTIALS.ca] = pem;
    }
    if (clientCertificate) {
      const path = 'spec.otlp.tls.clientCertificate.secretName';
      const [cert, key] = ['tls.crt', 'tls.key'].map((key) =>
        read('Secret', { name: clientCertificate.secretName, key }, path),
      );
      check(path, 'must hold a certificate and its key in PEM', () => {
        if (!certificates(cert)[0].checkPrivateKey(createPrivateKey(key))) throw new Error('they do not match');
      });
      files[CREDENTIALS.cert] = cert;
      files[CREDENTIALS.key] = key;
    }
    return files;
  }

  const files: CredentialFiles = { ...tlsFiles(), [CREDENTIALS.headers]: headersOf(otlp, 'spec.otlp') };
  if (metrics.otlp) files[CREDENTIALS.metricsHeaders] = headersOf(metrics.otlp, 'spec.metrics.otlp');
  if (http.token) {
    const token = secret(http.token, 'spec.http.token');
    check('spec.http.token.secretKeyRef', 'must lead to a token', () => checkToken(token));
    files[CREDENTIALS.httpToken] = token;
  }
  return problems.length > 0 ? { problems } : { files };
}

/** A file of names that is not there. */
export type MissingNames = CredentialProblem & { of: 'networks' | 'elements' };

/** Which files of names, which pods mount unchanged, are not there, and why. */
export function missingNames({ metadata, spec }: NetflowCollector, lookup: Lookup): MissingNames[] {
  const files = [
    { of: 'networks', path: 'spec.spans.attributes.networks', file: spec.spans.attributes.networks },
    { of: 'elements', path: 'spec.elements', file: spec.elements },
  ] as const;
  return files.flatMap(({ of, path, file }): MissingNames[] => {
    const reference = file?.configMapKeyRef;
    const data = reference && lookup('ConfigMap', reference.name);
    if (!reference || (data && Object.hasOwn(data, reference.key))) return [];
    const message = missing('ConfigMap', reference, data, metadata.namespace);
    return [{ of, path: `${path}.configMapKeyRef`, message }];
  });
}

function missing(kind: Kind, { name, key }: KeyRef, data: ReturnType<Lookup>, namespace?: string): string {
  if (!data) return `${kind} "${name}" does not exist in namespace "${namespace}"; create it`;
  const there = Object.keys(data).sort();
  return `${kind} "${name}" has no key "${key}"; ${there.length > 0 ? `it has ${there.join(', ')}` : 'it is empty'}`;
}

/** At least one; throws when there is none, or one that can't be read. */
function certificates(pem: string): ReturnType<typeof certificatesIn> {
  const found = certificatesIn(pem);
  if (found.length === 0) throw new Error('there is none');
  return found;
}
