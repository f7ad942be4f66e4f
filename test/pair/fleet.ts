/**
 * Collectors of one resource, each a pipeline with what it knows, that exchange what they learn by way of the
 * operator's registry; requests and replies go through JSON and the contract's schemas.
 */
import { createHarness } from '../../collector/pipeline/pipeline.fixture.ts';
import type { PipelineOptions } from '../../collector/pipeline/pipeline.ts';
import { fromJson, toJson } from '../../collector/templates/announcement.ts';
import { createExchange } from '../../collector/templates/exchange.ts';
import { KnownTemplates } from '../../collector/templates/known.ts';
import {
  type TemplateReply,
  type TemplateRequest,
  templateReply,
  templateRequest,
  unpackTemplates,
} from '../../crds/template.ts';
import { createRegistry, podOf } from '../../operator/templates/registry.fixture.ts';

const KEY = 'netflow/edge';
const MAX_TEMPLATES = 65_536;

export function createFleet() {
  const { registry, clock, gone, refused } = createRegistry();

  /** What the operator answers a pod. Throws a ZodError when it refuses what is told. */
  function post(pod: string, request: TemplateRequest): TemplateReply {
    return registry.exchange(KEY, podOf(pod), templateRequest.parse(JSON.parse(JSON.stringify(request))));
  }

  /** A collector that has read the copy that the operator left, and has all that was told. */
  async function createCollector(pod: string, options: Partial<PipelineOptions> = {}) {
    const known = new KnownTemplates(MAX_TEMPLATES);
    const collector = createHarness(
      {},
      {
        ...options,
        now: clock.wallTime,
        onNews: (announcement) => {
          for (const announced of toJson({ ...announcement, port: 0 })) known.add(announced);
        },
      },
    );
    for (const announced of unpackTemplates(registry.copy(KEY)).announced) known.adopt(announced);
    for (const announced of known.list()) collector.pipeline.learn(fromJson(announced));
    const exchange = createExchange({
      known,
      send: async (request) => templateReply.parse(JSON.parse(JSON.stringify(post(pod, request)))),
      onLearned: (announced) => collector.pipeline.learn(fromJson(announced)),
    });
    await exchange.round();
    return { ...collector, known, round: exchange.round };
  }

  return { registry, clock, gone, refused, post, createCollector };
}
