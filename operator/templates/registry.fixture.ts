/** A registry for tests of this folder, what it refused, and whose pods are there. */
import type { SpeakingPod } from '../../crds/template.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { TemplateRegistry } from './registry.ts';

export const podOf = (name: string): SpeakingPod => ({ name, uid: `uid-${name}` });

export function createRegistry() {
  const clock = new VirtualClock();
  const gone = new Set<string>();
  const refused: string[] = [];
  const registry = new TemplateRegistry({
    clock,
    isThere: (_, { name }) => !gone.has(name),
    onNews: () => {},
    onRefused: (_, { name }, refusal, count) => refused.push(`${name}: ${count} ${refusal}`),
  });
  return { registry, clock, gone, refused };
}
