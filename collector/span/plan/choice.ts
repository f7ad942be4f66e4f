/** Which of several fields an attribute is made from, and what becomes of those that it is not. */
import type { ZeroRule } from '../../../crds/attributes/attribute.ts';
import type { PlanCode } from './code.ts';
import { emitOthers } from './field.ts';
import type { FieldSet } from './fieldset.ts';
import { isSet, type LocatedField } from './layout.ts';

/** A way to say something: by these fields, if `when` is true. */
export type Candidate = { fields: readonly LocatedField[]; when: string; emit: () => void };

/**
 * Appends the first candidate whose `when` is true, or else `otherwise`. The other fields stand under their own names;
 * `all` are the candidates' fields and others of the same elements.
 */
export function emitChoice(
  code: PlanCode,
  fields: FieldSet,
  candidates: readonly Candidate[],
  all: readonly LocatedField[],
  otherwise: Omit<Candidate, 'when'> = candidates[0],
): void {
  const emit = (candidate: Omit<Candidate, 'when'>): void => {
    candidate.emit();
    emitOthers(
      code,
      fields,
      all.filter((field) => !candidate.fields.includes(field)),
    );
  };
  for (const [index, candidate] of candidates.entries())
    code.block(`${index > 0 ? 'else ' : ''}if (${candidate.when}) {`, () => emit(candidate));
  code.block('else {', () => emit(otherwise));
}

/**
 * Expression of whether a value is one, by the rule that its zero keeps: the value is not zero if `isNotZero`.
 * Undefined where it always is one. The protocol is in `t`.
 */
export function presence(fields: FieldSet, isNotZero: string, zero: ZeroRule | undefined): string | undefined {
  if (!zero) return undefined;
  if ('protocol' in zero) return `(t === ${zero.protocol} || t < 0 || ${isNotZero})`;
  return `(${[isNotZero, ...fields.findEach(zero.beside).map(isSet)].join(' || ')})`;
}

/** Runs `emit` under a condition, if there is one. */
export function emitWhen(code: PlanCode, condition: string | undefined, emit: () => void): void {
  if (condition === undefined) emit();
  else code.block(`if (${condition}) {`, emit);
}
