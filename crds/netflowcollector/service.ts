import * as z from 'zod';
import { text, withRules } from '../rule.ts';
import { annotations } from './pod.ts';
import { QUALIFIED_MESSAGE, QUALIFIED_NAME } from './scheduling.ts';

/** `spec.service`. */
export const service = withRules(
  z.strictObject({
    type: z
      .enum(['ClusterIP', 'NodePort', 'LoadBalancer'])
      .default('ClusterIP')
      .describe(
        'How exporters outside of the cluster reach the Service. They can always send to the nodes themselves.',
      ),
    annotations: annotations
      .default({})
      .describe('Annotations of the Service, such as those that load balancers read.'),
    loadBalancerClass: text(QUALIFIED_NAME, 317, QUALIFIED_MESSAGE)
      .optional()
      .describe('Which load balancer serves it, with type: LoadBalancer. It must support UDP.'),
  }),
  {
    check: ({ type, loadBalancerClass }) => loadBalancerClass === undefined || type === 'LoadBalancer',
    cel: "!has(self.loadBalancerClass) || self.type == 'LoadBalancer'",
    message: 'must be left out unless type: LoadBalancer',
    path: ['loadBalancerClass'],
  },
);
