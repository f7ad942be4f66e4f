import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Template } from '../decode/template.ts';
import { PlanCache } from './plan-cache.ts';

/** A cache of plans that are told apart by identity alone. */
const newCache = () => new PlanCache(() => ({}));

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
  const plan = plans.get(template(256, 7), 0);
  assert.equal(plans.get(template(256, 7), 0), plan);
  assert.equal(plans.get(template(300, 7), 0), plan);
});

test('other fields and other versions have other plans', () => {
  const plans = newCache();
  const all = [template(256, 7), template(256, 11), template(256, 7, 2), template(256, 7, 1, 9)].map((each) =>
    plans.get(each, 0),
  );
  assert.equal(new Set(all).size, 4);
});

test('32,768 fields are kept; the plan not used for longest goes', () => {
  const plans = newCache();
  const large = Array.from({ length: 17 }, (_, index) => template(256, 600 + index, 2_048));
  const kept = large.slice(0, 16).map((each, index) => plans.get(each, index * 2_000));
  plans.get(template(257, 600, 2_048), 0);
  assert.equal(plans.get(template(258, 600, 2_048), 0), kept[0]);
  plans.get(large[16], 40_000);
  assert.equal(plans.get(template(259, 600, 2_048), 0), kept[0]);
  const again = plans.get(template(259, 601, 2_048), 50_000);
  assert.ok(again);
  assert.notEqual(again, kept[1]);
});

test('a plan that is refused is asked for again; those that are kept are not affected', () => {
  let refuse = false;
  const plans = new PlanCache(() => (refuse ? undefined : {}));
  const kept = plans.get(template(256, 1), 0);
  refuse = true;
  assert.equal(plans.get(template(256, 2), 0), undefined);
  assert.equal(plans.get(template(256, 1), 0), kept);
  assert.deepEqual([plans.size, plans.fields], [1, 1]);
  refuse = false;
  assert.ok(plans.get(template(256, 2), 0));
});
