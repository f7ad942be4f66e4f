import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../crds/common/log.ts';
import { readUpTo } from '../../crds/common/stream.ts';
import { clip } from '../../crds/common/text.ts';
import { REPORT_FILES } from '../../crds/report.ts';
import { CollectorError } from '../common/errors.ts';
import { watchFiles } from '../files/watched-files.ts';

/** Milliseconds for a request and its answer. */
const TIMEOUT_MS = 10_000;
/** Only the operator that leads listens: a request that meets another one is repeated soon, this many times. */
const MAX_ATTEMPTS = 16;
const NEXT_ATTEMPT_MS = 20;
/** Longest answer, in bytes. */
const MAX_ANSWER_BYTES = 1 << 20;
/** How much of a refusal is shown, in characters. */
const MAX_WORDS = 200;

/** The operator was reached and does not take what was sent: asking again at once would only be a burden. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export type OperatorClient = {
  /**
   * Sends JSON to the operator and gives what it answers, not yet checked. Rejects when files are missing, when it
   * can't be reached, and with a RefusedError when it refuses.
   */
  post(path: string, body: object): Promise<unknown>;
  /** Ends what is under way. */
  close(): void;
};

/**
 * A client of the operator, as described by a folder's files: where it is, who signs its certificate, and the token
 * that proves who we are. They are read again when they change, as Kubernetes renews the token every few minutes.
 */
export function createOperatorClient(dir: string, log: Log): OperatorClient {
  const path = (name: keyof typeof REPORT_FILES) => join(dir, REPORT_FILES[name]);
  const fail = (cause: Error) => new CollectorError('E_REPORT_FILES', `${dir}: ${cause.message}`, cause);
  let agent: Agent | undefined;
  const target = watchFiles(
    [path('endpoint'), path('ca')],
    ([endpoint, ca]) => {
      const { hostname, port } = new URL(String(endpoint).trim());
      agent?.destroy();
      agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
      return { agent, hostname, port: port || '443' };
    },
    fail,
    log,
  );
  const token = watchFiles([path('token')], ([content]) => String(content).trim(), fail, log);

  async function exchange(path: string, body: string): Promise<{ status: number; text: string }> {
    const headers = { authorization: `Bearer ${token()}`, 'content-type': 'application/json' };
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const outgoing = request({
      ...target(),
      path,
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    outgoing.on('error', reject);
    outgoing.on('response', async (incoming) => {
      try {
        const bytes = await readUpTo(incoming, MAX_ANSWER_BYTES);
        if (bytes === undefined) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
        resolve({ status: incoming.statusCode!, text: bytes.toString() });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.end(body);
    return promise.finally(() => clearTimeout(timer));
  }

  async function reach(path: string, body: string): ReturnType<typeof exchange> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await exchange(path, body);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || attempt === MAX_ATTEMPTS) throw error;
        await sleep(NEXT_ATTEMPT_MS);
      }
    }
  }

  return {
    async post(path, body) {
      const { status, text } = await reach(path, JSON.stringify(body));
      if (status !== 200) throw new RefusedError(`the operator answers ${status}: ${clip(text, MAX_WORDS)}`);
      return JSON.parse(text);
    },
    close: () => agent?.destroy(),
  };
}
