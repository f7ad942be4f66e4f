/** Status conditions as KEP 1623 has them. Pure: the time is a parameter. */
import { clip } from '../../crds/common/text.ts';

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** What a reconcile found out. */
export type ConditionInput = {
  /** `Ready`, in CamelCase. */
  type: string;
  status: ConditionStatus;
  /** Why, in one CamelCase word for programs. */
  reason: string;
  /** Why, and what to do about it, for people. */
  message: string;
};

export type Condition = ConditionInput & {
  /** `metadata.generation` of the object that this was found out about. */
  observedGeneration?: number;
  /** When `status` last changed, RFC 3339 in seconds. */
  lastTransitionTime: string;
};

/** The API refuses longer messages, in characters. */
const MAX_MESSAGE = 32_768;

/**
 * The conditions to write, by rising type. `previous` are those of the object now; their time is kept where the status
 * is the same, whatever else changed. A type that is not in `found` is dropped. The result equals `previous` when
 * nothing changed. `generation` is the object's, `now` Unix milliseconds.
 */
export function updateConditions(
  previous: readonly Condition[],
  found: readonly ConditionInput[],
  generation: number | undefined,
  now: number,
): Condition[] {
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const conditions = found.map(({ type, status, reason, message }) => {
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : time;
    const text = clip(message, MAX_MESSAGE);
    return { type, status, reason, message: text, observedGeneration: generation, lastTransitionTime };
  });
  return conditions.sort((a, b) => (a.type < b.type ? -1 : 1));
}
