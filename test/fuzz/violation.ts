/** What a fuzzed pipeline, or operator, may not do, besides throwing. */
export type Rule = 'otlp' | 'ledger' | 'limit' | 'options' | 'time' | 'memory' | 'reply' | 'page' | 'decoding';

/** A rule was broken. The message says how. */
export class Violation extends Error {
  readonly rule: Rule;

  constructor(rule: Rule, message: string) {
    super(`${rule}: ${message}`);
    this.name = 'Violation';
    this.rule = rule;
  }
}
