/** Three digits, and no more than two after the point. */
export function rounded(value: number): number {
  return Math.round(Number(value.toPrecision(3)) * 100) / 100;
}
