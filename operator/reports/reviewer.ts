/**
 * Who reports: a collector proves it by the token that Kubernetes has put into its pod, and the API server says whose
 * that is. So each can speak for its own pod and node only. What is asked is bounded, whatever comes in.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { REPORT_AUDIENCE } from '../../crds/report.ts';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { ApiError } from '../runtime/errors.ts';
import { type Key, keyOf } from '../runtime/resource.ts';

export type PodIdentity = { uid: string; name: string; node: string };

/** A pod, and the key of the resource that it collects for. */
export type Identity = { collector: Key; pod: PodIdentity };

export type Review =
  | Identity
  /** The API server does not know the token, or it is not a collector's. */
  | { refused: string }
  /** The question can't be answered now. */
  | { unavailable: string };

export type Reviewer = (token: string, signal: AbortSignal) => Promise<Review>;

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
/** Endings of the ServiceAccounts that the operator makes; see `namesOf`. */
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):(.+)-collector$/;
/** Milliseconds that an answer is good for: a token of a pod that is gone may be accepted for this long. */
const KEPT_MS = 300_000;
/** More than collectors; the oldest go. */
const MAX_KEPT = 16_384;
/** Questions under way at once, and those that wait. */
const MAX_ASKED = 16;
const MAX_WAITING = 256;

const claims = z.object({ aud: z.union([z.string(), z.array(z.string())]), sub: z.string(), exp: z.number() });

const extra = (name: string) => `authentication.kubernetes.io/${name}`;
const one = z.tuple([z.string().min(1).max(253)]);
const answer = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    audiences: z.array(z.string()).default([]),
    error: z.string().default('the token is not valid'),
    user: z.object({ username: z.string().default(''), extra: z.unknown().optional() }).default({ username: '' }),
  }),
});
const extras = z.object({ [extra('pod-name')]: one, [extra('pod-uid')]: one, [extra('node-name')]: one });

/** `client`: whose ServiceAccount may create TokenReviews. */
export function createReviewer({ client, clock }: { client: Client; clock: Clock }): Reviewer {
  const kept = new Map<string, { review: Review; until: number }>();
  let asked = 0;
  const waiting: (() => void)[] = [];

  async function ask(token: string, signal: AbortSignal): Promise<Review> {
    if (asked >= MAX_ASKED) {
      if (waiting.length >= MAX_WAITING) return { unavailable: 'too many tokens are under review' };
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    asked++;
    try {
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [REPORT_AUDIENCE] },
      };
      return identityIn(await client.raw('POST', PATH, signal, body));
    } catch (error) {
      if (error instanceof ApiError) return { unavailable: error.message };
      throw error;
    } finally {
      asked--;
      waiting.shift()?.();
    }
  }

  return async (token, signal) => {
    const now = clock.now();
    const key = createHash('sha256').update(token).digest('base64');
    const known = kept.get(key);
    if (known && now < known.until) return known.review;
    const left = expiryOf(token) - clock.wallTime();
    // Nobody needs to ask about what can't be a token for us.
    if (!Number.isFinite(left)) return { refused: `the token is not one for the audience ${REPORT_AUDIENCE}` };
    const review = await ask(token, signal);
    kept.delete(key);
    if ('unavailable' in review) return review;
    kept.set(key, { review, until: now + Math.min(KEPT_MS, 'pod' in review ? left : KEPT_MS) });
    if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
    return review;
  };
}

/** When a token for us says that it expires, in Unix milliseconds; NaN for anything else. Nothing is verified yet. */
function expiryOf(token: string): number {
  try {
    const payload = claims.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
    const forUs = [payload.aud].flat().includes(REPORT_AUDIENCE) && SERVICE_ACCOUNT.test(payload.sub);
    return forUs ? payload.exp * 1_000 : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

function identityIn(body: unknown): Review {
  const parsed = answer.safeParse(body);
  if (!parsed.success) return { unavailable: 'the API server answers something else than a TokenReview' };
  const { authenticated, audiences, error, user } = parsed.data.status;
  if (!authenticated) return { refused: error };
  // A server that knows no audiences answers without: then the token may be for anybody.
  if (!audiences.includes(REPORT_AUDIENCE)) return { refused: `the token is not for ${REPORT_AUDIENCE}` };
  const account = SERVICE_ACCOUNT.exec(user.username);
  const found = extras.safeParse(user.extra);
  if (!account || !found.success) return { refused: `${user.username} is not a collector in a pod on a node` };
  const [, namespace, name] = account;
  const [pod, uid, node] = ['pod-name', 'pod-uid', 'node-name'].map((claim) => found.data[extra(claim)][0]);
  return { collector: keyOf({ namespace, name }), pod: { name: pod, uid, node } };
}
