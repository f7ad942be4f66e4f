/** Kinds of Kubernetes objects, their paths and the keys of their objects. */

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

/** Who set which fields (server-side apply). */
export type ManagedFieldsEntry = {
  manager?: string;
  operation?: string;
  subresource?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: object;
};

/** What this runtime reads of an object's metadata; the rest passes through. Times are RFC 3339. */
export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
};

export type KubeObject = { apiVersion: string; kind: string; metadata: ObjectMeta };

/** A kind of object and where the API server keeps it. */
export type Resource<T extends KubeObject = KubeObject> = {
  /** `apps/v1`, or `v1` for the core group. */
  apiVersion: string;
  kind: string;
  /** Lower-case plural, as in the path: `daemonsets`. */
  plural: string;
  namespaced: boolean;
  /** Never set: lets the compiler know the type of the objects. */
  objectType?: T;
};

/** Which object. `namespace` is left out for kinds that have none. */
export type ObjectRef = { namespace?: string; name: string };

/** `namespace/name`, or `name` for kinds without namespaces: what queues and stores know an object by. */
export type Key = string;

/** `namespace/name`; of objects without a namespace, the name. */
export function keyOf({ namespace, name }: ObjectRef): Key {
  return namespace ? `${namespace}/${name}` : name;
}

/** What `keyOf` was made of. */
export function refOf(key: Key): ObjectRef {
  const [namespace, name] = key.split('/');
  return name === undefined ? { name: namespace } : { namespace, name };
}

/**
 * Path of one object, or of all (in the namespace) without a name. Called with placeholders as names it gives the
 * route, which is the same for all objects: the name of spans.
 */
export function pathOf(resource: Resource, { namespace, name }: Partial<ObjectRef>, subresource?: 'status'): string {
  const { apiVersion, plural, namespaced } = resource;
  const segments = [apiVersion.includes('/') ? 'apis' : 'api', apiVersion];
  if (namespaced && namespace) segments.push('namespaces', namespace);
  segments.push(plural);
  if (name) segments.push(name);
  if (subresource) segments.push(subresource);
  return `/${segments.join('/')}`;
}

/**
 * Whether resourceVersion `a` is from before `b`. Resource versions are decimal numbers that grow with each write (KEP
 * 5504); where a server uses something else, nothing is older than anything.
 */
export function isOlder(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return a.length === b.length ? a < b : a.length < b.length;
}

/** A time as `metav1.MicroTime`, which Leases and Events want: always six digits. `time` is Unix milliseconds. */
export function microTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '000Z');
}
