import * as z from 'zod';
import { intOrText, withRules } from '../rule.ts';

/** Short, as `SIZE` is. */
const QUANTITY = /^\d{1,15}(\.\d{1,3})?(m|k|Ki|[MGT]i?)?$/;
const FACTORS = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
} as const;

type Quantity = string | number;

const quantity = intOrText(0, 999_999_999_999_999, QUANTITY, 'must be a quantity such as 500m, 2 or 512Mi');

const amounts = z.strictObject({
  cpu: quantity.optional().describe('CPU, in cores (2) or thousandths of one (500m).'),
  memory: quantity.optional().describe('Memory, in bytes (512Mi).'),
  'ephemeral-storage': quantity.optional().describe('Disk, in bytes (1Gi).'),
});

const NAMES = ['cpu', 'memory', 'ephemeral-storage'] as const;

/** `spec.pod.resources`. */
export const resources = withRules(
  z.strictObject({
    requests: amounts.optional().describe('What the scheduler reserves on each node.'),
    limits: amounts
      .optional()
      .describe('What a pod may not exceed. A limit of CPU delays packets; better leave it out.'),
  }),
  ...NAMES.map((name) => ({
    check: ({ requests, limits }: Amounts) => bytesOf(requests?.[name] ?? 0) <= bytesOf(limits?.[name] ?? Infinity),
    cel: fits(name),
    message: `must not request more ${name} than the limit`,
    path: ['requests'],
  })),
);

type Amounts = Partial<Record<'requests' | 'limits', Partial<Record<(typeof NAMES)[number], Quantity>>>>;

function bytesOf(quantity: Quantity): number {
  if (typeof quantity === 'number') return quantity;
  const [, digits, unit] = /^([0-9.]+)(.*)$/.exec(quantity)!;
  return Number(digits) * (unit ? FACTORS[unit as keyof typeof FACTORS] : 1);
}

function fits(name: string): string {
  // A dash is written so in the names of CEL (KEP-2876, "Escaping").
  const field = name.replace('-', '__dash__');
  const [request, limit] = ['requests', 'limits'].map((side) => `self.${side}.${field}`);
  const absent = ['requests', 'limits'].flatMap((side) => [`!has(self.${side})`, `!has(self.${side}.${field})`]);
  return `${absent.join(' || ')} || quantity(string(${request})).compareTo(quantity(string(${limit}))) <= 0`;
}
