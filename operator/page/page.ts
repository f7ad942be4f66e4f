/**
 * The page of all collectors, for debugging: in come the reports as this leader knows them, out goes HTML or JSON. It
 * holds nothing that the resources' statuses could not show too.
 */
import type { Page } from '../runtime/health.ts';
import { type ResourceView, toHtml, toJson } from './render.ts';

export const COLLECTORS_PAGE = '/debug/collectors';

const WAITING =
  'this operator does not lead and knows nothing of collectors: kubectl get lease netflow2traces-operator names the one that does\n';

export type CollectorsPage = {
  /** The paths and what is there. */
  pages: Readonly<Record<string, Page>>;
  /** Shows these until the function returned is called. */
  show(resources: () => Iterable<ResourceView>): () => void;
};

export function createCollectorsPage(): CollectorsPage {
  let shown: (() => Iterable<ResourceView>) | undefined;

  const answer = (asJson: boolean): ReturnType<Page> => {
    if (!shown) return { status: 503, type: 'text/plain; charset=utf-8', body: [WAITING] };
    return asJson
      ? { status: 200, type: 'application/json', body: toJson(shown()) }
      : { status: 200, type: 'text/html; charset=utf-8', body: toHtml(shown()) };
  };
  return {
    pages: {
      [COLLECTORS_PAGE]: ({ accept = '' }) => answer(/\bapplication\/json\b/.test(accept)),
      [`${COLLECTORS_PAGE}.json`]: () => answer(true),
    },
    show(resources) {
      shown = resources;
      return () => {
        shown = undefined;
      };
    },
  };
}
