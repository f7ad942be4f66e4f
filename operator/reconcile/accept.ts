import type * as z from 'zod';
import { type NetflowCollector, netflowCollector } from '../../crds/netflowcollector.ts';
import { CONFIG_MAPS, type DataObject, type RawCollector, SECRETS } from '../cluster/kinds.ts';
import type { Finding } from '../cluster/reasons.ts';
import {
  assembleCredentials,
  type CredentialFiles,
  type Lookup,
  type MissingNames,
  missingNames,
  referencesOf,
} from '../manifests/credentials.ts';
import type { Client } from '../runtime/client.ts';
import { isFailure } from '../runtime/errors.ts';
import type { Ports } from './ports.ts';

/** A resource that can be run, with the files that it refers to, and why its spans lack names; or why it can't. */
export type Verdict =
  | { accepted: NetflowCollector; credentials: CredentialFiles; unnamed: Finding | undefined }
  | { rejected: Finding };

/**
 * Parses a resource, reads the Secrets and ConfigMaps that it names, and takes its ports. Only those Secrets are read:
 * nothing of them is kept, and the operator never lists anybody's. Throws ApiErrors that will pass.
 */
export async function accept(raw: RawCollector, client: Client, ports: Ports, signal: AbortSignal): Promise<Verdict> {
  const { status: _, ...written } = raw;
  const parsed = netflowCollector.safeParse(written);
  if (!parsed.success) {
    // A definition that is newer or older than this operator may have let it in.
    return { rejected: { reason: 'InvalidSpec', message: parsed.error.issues.map(describe).join('; ') } };
  }
  const resource = parsed.data;
  let lookup: Lookup;
  try {
    lookup = await readReferences(resource, client, signal);
  } catch (error) {
    if (!isFailure(error, 'Forbidden')) throw error;
    return { rejected: { reason: 'ReferencesForbidden', message: `the operator may not read it: ${error.message}` } };
  }
  const assembled = assembleCredentials(resource, lookup);
  if ('problems' in assembled) {
    const message = assembled.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return { rejected: { reason: 'CredentialsIncomplete', message } };
  }
  const conflict = ports.claim(raw);
  if (conflict) return { rejected: conflict };
  return { accepted: resource, credentials: assembled.files, unnamed: unnamedIn(missingNames(resource, lookup)) };
}

function unnamedIn(missing: readonly MissingNames[]): Finding | undefined {
  if (missing.length === 0) return undefined;
  const messages = missing.map(({ of, path, message }) => {
    const what = of === 'networks' ? 'names of networks' : 'names of own elements';
    return `spans are without ${what}: ${path}: ${message}`;
  });
  return { reason: missing[0].of === 'networks' ? 'NetworksMissing' : 'ElementsMissing', message: messages.join('; ') };
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

async function readReferences(resource: NetflowCollector, client: Client, signal: AbortSignal): Promise<Lookup> {
  const { namespace } = resource.metadata;
  const found = new Map<string, Record<string, Uint8Array>>();
  const read = referencesOf(resource).map(async ({ kind, name }) => {
    const object = await client.find(kind === 'Secret' ? SECRETS : CONFIG_MAPS, { namespace, name }, signal);
    if (object) found.set(`${kind} ${name}`, dataOf(object));
  });
  await Promise.all(read);
  return (kind, name) => found.get(`${kind} ${name}`);
}

function dataOf({ kind, data = {}, binaryData = {} }: DataObject): Record<string, Uint8Array> {
  const decode = (values: Record<string, string>, encoding: BufferEncoding) =>
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value, encoding)] as const);
  return Object.fromEntries([
    ...decode(data, kind === SECRETS.kind ? 'base64' : 'utf8'),
    ...decode(binaryData, 'base64'),
  ]);
}
