/** References to objects of the resource's namespace. */
import * as z from 'zod';
import { text } from '../rule.ts';

/** Name of a Secret, a ConfigMap and the like: a DNS subdomain (RFC 1123). */
export const objectName = text(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  253,
  'must be a name of lower-case letters, digits, dashes and dots',
);

const key = text(/^[-._a-zA-Z0-9]+$/, 253, 'must be a key of letters, digits, dashes, underscores and dots');

export const secretKeyRef = z
  .strictObject({
    name: objectName.describe('Name of the Secret, in the same namespace.'),
    key: key.describe('Key within the Secret.'),
  })
  .describe('A key of a Secret. When it changes, pods use the new value without a restart.');

export const configMapKeyRef = z
  .strictObject({
    name: objectName.describe('Name of the ConfigMap, in the same namespace.'),
    key: key.describe('Key within the ConfigMap.'),
  })
  .describe('A key of a ConfigMap. When it changes, pods use the new value without a restart.');
