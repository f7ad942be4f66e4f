import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf, readSamples } from './profile.ts';

/** As `perf script -F comm,ip,sym` prints it. */
const SCRIPT = `WorkerThread 
	ffffffff8d0 tcp_sendmsg_locked
	ffffffff8d1 tcp_sendmsg
	    7f00001 node::http2::Http2Session::SendPendingData()

WorkerThread 
	    7f00002 Builtins_TypedArrayPrototypeSet
	    7f00003 JS:*'writeRecord :3:22
	    7f00004 JS:*'receive file:///dist/collector.js:12:24265

WorkerThread 
	    7f00004 JS:*'receive file:///dist/collector.js:12:24265
	    7f00005 node::UDPWrap::OnRecv

V8Worker 
	    7f00006 v8::internal::ConcurrentMarking::RunMajor

`;

test('a profile: each sample belongs to one part, and shares are of all', () => {
  const samples = readSamples(SCRIPT);
  assert.deepEqual(samples[1], {
    thread: 'WorkerThread',
    stack: [
      'Builtins_TypedArrayPrototypeSet',
      "JS:*'writeRecord :3:22",
      "JS:*'receive file:///dist/collector.js:12:24265",
    ],
  });
  assert.deepEqual(
    partsOf(samples, 1),
    ['kernel: sending', 'record plans', 'header, sets, templates, books', 'garbage collection'].map((name) => {
      return { name, share: 1 / 4, us: 1 / 4 };
    }),
  );
});
