/** Runs code in a worker thread of a collector, as a debugger does: faults come from outside, not from a hook in it. */
import { once } from 'node:events';
import type { Collector } from './collector.ts';

/** What the collector's environment must have for this. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Starts the evaluation of `expression` in the worker that was started as the `index`th, from 0. */
export async function evaluateInWorker(collector: Collector, index: number, expression: string): Promise<void> {
  const url = collector.output.map((line) => /Debugger listening on (ws:\S+)/.exec(line)?.[1]).find(Boolean);
  if (!url) throw new Error('the collector was started without its inspector');
  const socket = new WebSocket(url);
  const attached: string[] = [];
  const found = new Promise<string>((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(data);
      if (method === 'NodeWorker.attachedToWorker' && attached.push(params.sessionId) > index) resolve(attached[index]);
    });
  });
  await once(socket, 'open');
  send(socket, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  const message = { id: 1, method: 'Runtime.evaluate', params: { expression } };
  send(socket, 'NodeWorker.sendMessageToWorker', { sessionId: await found, message: JSON.stringify(message) });
  // A process that ends waits for its debuggers.
  socket.close();
  await once(socket, 'close');
}

function send(socket: WebSocket, method: string, params: object): void {
  socket.send(JSON.stringify({ id: 1, method, params }));
}
