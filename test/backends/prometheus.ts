/** What Prometheus answers to queries. */

/** A series and its value. */
export type Sample = { labels: Record<string, string>; value: number };

export type Prometheus = {
  /** Of its HTTP port. */
  url: string;
  /** The series that a query comes to, at this time or now, in Unix seconds. */
  query(promql: string, time?: number): Promise<Sample[]>;
};

type Answer = { data: { result: { metric: Record<string, string>; value: [time: number, value: string] }[] } };

/** The Prometheus at this address. */
export function prometheusAt(address: string): Prometheus {
  const url = `http://${address}:9090`;
  return {
    url,
    async query(promql, time) {
      const parameters = new URLSearchParams({ query: promql, ...(time !== undefined && { time: String(time) }) });
      const response = await fetch(`${url}/api/v1/query?${parameters}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`Prometheus answers ${response.status} to ${promql}: ${text}`);
      const { data } = JSON.parse(text) as Answer;
      return data.result.map(({ metric: labels, value: [, value] }) => ({ labels, value: Number(value) }));
    },
  };
}
