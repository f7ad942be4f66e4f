/** Tokens as Kubernetes puts them into pods, and an API server that reviews them. */
import { REPORT_AUDIENCE } from '../../crds/report.ts';
import { failure, json } from '../runtime/api-server.fixture.ts';
import type { Handler } from '../runtime/fault-server.fixture.ts';

export type Claims = { aud?: string | string[]; sub?: string; exp?: number; pod?: string; node?: string };

export function tokenOf(claims: Claims = {}): string {
  const sub = 'system:serviceaccount:flows:edge-collector';
  const payload = {
    aud: [REPORT_AUDIENCE],
    sub,
    exp: Date.UTC(2030, 0, 1) / 1_000 + 600,
    pod: 'p',
    node: 'n',
    ...claims,
  };
  return `header.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.signature`;
}

/** Believes what a token says, as long as `knows` it. */
export function reviewer(knows: (token: string) => boolean = () => true) {
  const counts = { reviews: 0 };
  const handle: Handler = async ({ path, body }) => {
    if (!path.endsWith('/tokenreviews')) return failure(404, 'NotFound', path);
    counts.reviews++;
    const { token, audiences } = JSON.parse(body!).spec as { token: string; audiences: string[] };
    if (!knows(token)) return json(201, { status: { authenticated: false, error: 'token has expired' } });
    const { sub, pod, node } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    const prefix = 'authentication.kubernetes.io/';
    const extra = {
      [`${prefix}pod-name`]: [pod],
      [`${prefix}pod-uid`]: [`uid-${pod}`],
      ...(node && { [`${prefix}node-name`]: [node] }),
    };
    return json(201, { status: { authenticated: true, audiences, user: { username: sub, extra } } });
  };
  return { handle, counts };
}
