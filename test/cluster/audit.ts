/** What the operator's ServiceAccount asked of the API server, by the server's own record. See audit-policy.yaml. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { AUDIT_LOG } from './layout.ts';

/** `audit.k8s.io/v1` Event, as far as tests read it. */
export type AuditEvent = {
  auditID: string;
  stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  verb: string;
  requestURI: string;
  user: { extra?: Record<string, string[]> };
  /** Absent for what is no object, such as discovery. */
  objectRef?: { resource: string; namespace?: string; name?: string; apiGroup?: string; subresource?: string };
  responseStatus?: { code?: number };
  /** When the server got the request; RFC 3339 with microseconds. */
  requestReceivedTimestamp: string;
};

const WRITES: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Of which token the request came: each has an id, which `tokenId` reads. */
export const credentialOf = ({ user }: AuditEvent): string | undefined =>
  user.extra?.['authentication.kubernetes.io/credential-id']?.[0];

export const isWrite = ({ verb }: AuditEvent): boolean => WRITES.includes(verb);

/** `apps/daemonsets` or `/pods`; the path of what is no object. */
export function resourceOf({ objectRef, requestURI }: AuditEvent): string {
  if (!objectRef) return requestURI;
  const { apiGroup = '', resource, subresource } = objectRef;
  return [apiGroup, resource, ...(subresource ? [subresource] : [])].join('/');
}

/** Gives the requests that were answered since it was made; a watch when it began. Each is in it once. */
export function auditTrail(): () => AuditEvent[] {
  const start = existsSync(AUDIT_LOG) ? statSync(AUDIT_LOG).size : 0;
  return () => {
    const lines = readFrom(start).split('\n').slice(0, -1);
    const events = lines.map((line) => JSON.parse(line) as AuditEvent);
    return [...Map.groupBy(events, ({ auditID }) => auditID).values()].map(([first]) => first);
  };
}

function readFrom(start: number): string {
  const file = openSync(AUDIT_LOG, 'r');
  try {
    const buffer = Buffer.alloc(statSync(AUDIT_LOG).size - start);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start));
  } finally {
    closeSync(file);
  }
}
