import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Template } from '../decode/template.ts';
import { PlanCache } from './plan-cache.ts';

/** A cache of plans that are told apart by identity alone. */
const newCache = () => new PlanCache(() => ({}));
const owner = (flowsSince: number) => ({ isInUse: () => true, flowsSince });
const ONE = owner(0);

/** A template of `count` fields of two bytes, the first of them this element. */
function template(id: number, element: number, count = 1, version = 10): Template {
  const fields = Array.from({ length: count }, (_, index) => ({ pen: 0, id: index === 0 ? element : 16, length: 2 }));
  const raw = Buffer.from(
    [id, count, ...fields.flatMap(({ id, length }) => [id, length])].flatMap((n) => [n >> 8, n & 255]),
  );
  return { version, id, options: false, scopeFieldCount: 0, fields, minLength: 2 * count, variable: false, raw };
}

test('templates with the same fields share a plan, whatever their ids', () => {
  const plans = newCache();
  const plan = plans.get(template(256, 7), ONE, 0);
  assert.equal(plans.get(template(256, 7), ONE, 0), plan);
  assert.equal(plans.get(template(300, 7), ONE, 0), plan);
});

test('other fields and other versions have other plans', () => {
  const plans = newCache();
  const all = [template(256, 7), template(256, 11), template(256, 7, 2), template(256, 7, 1, 9)].map((each) =>
    plans.get(each, ONE, 0),
  );
  assert.equal(new Set(all).size, 4);
});

test('16,384 fields are kept; of the exporter that has most the plan goes that was not used for longest', () => {
  const forgotten: object[] = [];
  const plans = new PlanCache(
    () => ({}),
    (owner) => forgotten.push(owner),
  );
  const [quiet, noisy] = [owner(5), owner(0)];
  const few = template(256, 599, 100);
  const kept = plans.get(few, quiet, 0);
  const large = Array.from({ length: 9 }, (_, index) => template(256, 600 + index, 2_000));
  const first = large.slice(0, 8).map((each) => plans.get(each, noisy, 0));
  plans.get(large[0], noisy, 0);
  plans.get(large[8], noisy, 0);
  assert.equal(plans.get(large[0], noisy, 0), first[0]);
  assert.equal(plans.get(few, quiet, 0), kept);
  assert.notEqual(plans.get(large[1], noisy, 0), first[1]);
  assert.ok(forgotten.length > 0 && forgotten.every((owner) => owner === noisy));
});

test('of exporters with a plan each, the newest lose theirs', () => {
  const plans = newCache();
  const kept = plans.get(template(256, 1, 20), owner(0), 0);
  for (let index = 0; index < 2_000; index++) plans.get(template(256, 2 + index, 20), owner(1 + index), 0);
  assert.equal(plans.get(template(256, 1, 20), owner(0), 0), kept);
});

test('a plan that is refused is asked for again; those that are kept are not affected', () => {
  let refuse = false;
  const plans = new PlanCache(() => (refuse ? undefined : {}));
  const kept = plans.get(template(256, 1), ONE, 0);
  refuse = true;
  assert.equal(plans.get(template(256, 2), ONE, 0), undefined);
  assert.equal(plans.get(template(256, 1), ONE, 0), kept);
  assert.deepEqual(
    [...plans.entries()].map(({ fields }) => fields),
    [1],
  );
  refuse = false;
  assert.ok(plans.get(template(256, 2), ONE, 0));
});
