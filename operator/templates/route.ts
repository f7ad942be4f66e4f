/** Where collectors tell what they learned and ask what others did. */
import { MAX_EXCHANGE_BYTES, templateRequest } from '../../crds/template.ts';
import type { Key } from '../runtime/resource.ts';
import type { Route } from '../status/server.ts';
import type { TemplateRegistry } from './registry.ts';

/** `knows`: whether there is such a resource. */
export function templatesRoute(registry: TemplateRegistry, knows: (key: Key) => boolean): Route {
  return {
    maxBytes: MAX_EXCHANGE_BYTES,
    answer({ collector }, body) {
      if (!knows(collector)) return { status: 404, error: `there is no NetflowCollector ${collector}` };
      const parsed = templateRequest.safeParse(body);
      if (parsed.success) return { status: 200, body: registry.exchange(collector, parsed.data) };
      const [{ path, message }] = parsed.error.issues;
      return { status: 400, error: `${path.join('.')}: ${message}` };
    },
  };
}
