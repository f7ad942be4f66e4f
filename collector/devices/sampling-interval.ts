/** The forms in which options data tell a sampling rate (RFC 3954 §8, RFC 5477 §8.2). */

/** Numbers of a record, by element. */
type Numbers = { number(element: number): number | undefined; float(element: number): number | undefined };

const [SAMPLING_INTERVAL, SAMPLER_RANDOM_INTERVAL] = [34, 50];
const SELECTOR_ALGORITHM = 304;
const [PACKET_INTERVAL, PACKET_SPACE] = [305, 306];
const [TIME_INTERVAL, TIME_SPACE] = [307, 308];
const [SIZE, POPULATION, PROBABILITY] = [309, 310, 311];

/** Each form, in the order in which they count; with the algorithm that it is of (RFC 5477 §8.2.1). */
const FORMS: readonly { algorithm?: number; interval(numbers: Numbers): number | undefined }[] = [
  { interval: (numbers) => numbers.number(SAMPLER_RANDOM_INTERVAL) },
  { interval: (numbers) => numbers.number(SAMPLING_INTERVAL) },
  { algorithm: 1, interval: (numbers) => withSpace(numbers.number(PACKET_INTERVAL), numbers.number(PACKET_SPACE)) },
  { algorithm: 3, interval: (numbers) => ratio(numbers.number(POPULATION), numbers.number(SIZE)) },
  { algorithm: 4, interval: (numbers) => ratio(1, numbers.float(PROBABILITY)) },
  { algorithm: 2, interval: (numbers) => withSpace(numbers.number(TIME_INTERVAL), numbers.number(TIME_SPACE)) },
];

/**
 * How many packets a sampled one stands for: at least 1, may be a fraction. Of several forms the one of the algorithm
 * that the record names counts. 0 when it has forms of an interval, but none that can be; undefined when it has none.
 */
export function samplingInterval(numbers: Numbers): number | undefined {
  const algorithm = numbers.number(SELECTOR_ALGORITHM);
  const ofAlgorithm = FORMS.filter((form) => form.algorithm !== undefined && form.algorithm === algorithm);
  const told = [...ofAlgorithm, ...FORMS].map(({ interval }) => interval(numbers)).filter((each) => each !== undefined);
  return told.find(isInterval) ?? (told.length > 0 ? 0 : undefined);
}

/** Whether a packet can stand for so many. */
export function isInterval(interval: number | undefined): interval is number {
  return interval !== undefined && interval >= 1 && interval <= Number.MAX_SAFE_INTEGER;
}

function withSpace(interval: number | undefined, space: number | undefined): number | undefined {
  return interval === undefined || space === undefined ? undefined : ratio(interval + space, interval);
}

function ratio(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined || part === undefined ? undefined : whole / part;
}
