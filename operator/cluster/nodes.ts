/** Which nodes pods may be on, judging by the labels they ask for. */

export type Requirement = { key: string; operator: string; values?: readonly string[] };

/** The part of a pod's specification that says it; also that of a resource. */
export type NodeChoice = {
  nodeSelector?: Readonly<Record<string, string>>;
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: {
        nodeSelectorTerms: readonly { matchExpressions?: readonly Requirement[]; matchFields?: readonly unknown[] }[];
      };
    };
  };
};

/**
 * Whether a node may have labels that satisfy both. It is exact about labels: false proves that no node does, whatever
 * nodes there are or will be. Taints are not looked at: tolerations add nodes, and take none away.
 */
export function mayShareNode(a: NodeChoice, b: NodeChoice): boolean {
  return alternatives(a).some((one) => alternatives(b).some((other) => canHold([...one, ...other])));
}

/** Lists of requirements of which one must hold as a whole. */
function alternatives({ nodeSelector = {}, affinity }: NodeChoice): Requirement[][] {
  const selected = Object.entries(nodeSelector).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return [selected];
  // A term that asks for nothing matches no node. The only field is the node's name, which a pod on a node satisfies.
  return required.nodeSelectorTerms.flatMap(({ matchExpressions = [], matchFields = [] }) =>
    matchExpressions.length + matchFields.length > 0 ? [[...selected, ...matchExpressions]] : [],
  );
}

function canHold(requirements: readonly Requirement[]): boolean {
  return [...Map.groupBy(requirements, ({ key }) => key).values()].every(canHoldForLabel);
}

/** All are about one label, of which a node has one value or none. */
function canHoldForLabel(all: readonly Requirement[]): boolean {
  if (all.every(({ operator }) => operator === 'NotIn' || operator === 'DoesNotExist')) return true;
  if (all.some(({ operator }) => operator === 'DoesNotExist')) return false;
  const listed = all.find(({ operator }) => operator === 'In');
  if (listed) return (listed.values ?? []).some((value) => all.every((requirement) => holds(requirement, value)));
  // Any value but the few that are excluded; leading zeros give others.
  const bounds = (wanted: string) =>
    all.filter(({ operator }) => operator === wanted).map(({ values = [] }) => BigInt(values[0]));
  return bounds('Gt').every((low) => bounds('Lt').every((high) => high - low > 1n));
}

function holds({ operator, values = [] }: Requirement, value: string): boolean {
  const isNumber = /^\d+$/.test(value);
  switch (operator) {
    case 'In':
      return values.includes(value);
    case 'NotIn':
      return !values.includes(value);
    case 'Gt':
      return isNumber && BigInt(value) > BigInt(values[0]);
    case 'Lt':
      return isNumber && BigInt(value) < BigInt(values[0]);
    default:
      return true;
  }
}
