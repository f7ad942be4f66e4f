/**
 * The page of all collectors, for debugging: in come the reports as this leader knows them, out goes HTML or JSON, to
 * who has forwarded the port, or bears the token if there is one.
 */
import { bearsToken, isKnownHost, isLocal } from '../../crds/common/http-access.ts';
import type { Page, PageAnswer, PageRequest } from '../runtime/health.ts';
import { type ResourceView, toHtml, toJson } from './render.ts';
import { SIGN_IN, SIGN_IN_POLICY, SIGN_IN_SCRIPT } from './sign-in.ts';

export const COLLECTORS_PAGE = '/debug/collectors';

const TEXT = 'text/plain; charset=utf-8';
const HTML = 'text/html; charset=utf-8';

const MISDIRECTED = 'not by this name: ask for localhost or an address, or add the name with --page-name\n';
const NOT_FROM_HERE =
  'for this pod alone: kubectl port-forward pod/NAME 8080, or give a token with --page-token-file\n';
const WAITING =
  'this operator does not lead and knows nothing of collectors: kubectl get lease netflow2traces-operator names the one that does\n';

export type PageAccess = {
  /** DNS names by which it may be asked for, besides localhost and all addresses. */
  names: readonly string[];
  /** Holds the token without which nothing is shown; undefined when only who forwards the port is shown something. */
  tokenFile: string | undefined;
};

export type CollectorsPage = {
  /** The paths and what is there. */
  pages: Readonly<Record<string, Page>>;
  /** Shows these until the function returned is called. */
  show(resources: () => Iterable<ResourceView>): () => void;
};

/** Makes what answers requests for the page. */
export function createCollectorsPage({ names, tokenFile }: PageAccess): CollectorsPage {
  let shown: (() => Iterable<ResourceView>) | undefined;

  /** What keeps a request from being answered. */
  function refusal({ headers: { host, authorization }, socket }: PageRequest, asJson: boolean): PageAnswer | undefined {
    if (!isKnownHost(host, names)) return { status: 421, type: TEXT, body: [MISDIRECTED] };
    if (tokenFile === undefined)
      return isLocal(socket) ? undefined : { status: 403, type: TEXT, body: [NOT_FROM_HERE] };
    if (bearsToken(authorization, tokenFile)) return undefined;
    const headers = { 'www-authenticate': 'Bearer realm="netflow2traces"' };
    if (asJson)
      return { status: 401, type: TEXT, body: ['Authorization: Bearer TOKEN is missing or wrong\n'], headers };
    return { status: 401, type: HTML, body: [SIGN_IN], headers: { ...headers, ...SIGN_IN_POLICY } };
  }

  function answer(request: PageRequest, asJson: boolean): PageAnswer {
    const refused = refusal(request, asJson);
    if (refused) return refused;
    if (!shown) return { status: 503, type: TEXT, body: [WAITING] };
    return asJson
      ? { status: 200, type: 'application/json', body: toJson(shown()) }
      : { status: 200, type: HTML, body: toHtml(shown()) };
  }

  return {
    pages: {
      [COLLECTORS_PAGE]: (request) => answer(request, /\bapplication\/json\b/.test(request.headers.accept ?? '')),
      [`${COLLECTORS_PAGE}.json`]: (request) => answer(request, true),
      [`${COLLECTORS_PAGE}.js`]: () => ({
        status: 200,
        type: 'text/javascript; charset=utf-8',
        body: [SIGN_IN_SCRIPT],
      }),
    },
    show(resources) {
      shown = resources;
      return () => {
        shown = undefined;
      };
    },
  };
}
