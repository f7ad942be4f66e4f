/**
 * What pods of a resource may be like, and what its status then says: to people, to programs, and to what reads
 * kstatus.
 */
import type { OperatorWorld } from './world.fixture.ts';

export type Case = {
  name: string;
  given: (world: OperatorWorld) => void;
  conditions: string[];
  reason: string;
  message: RegExp;
  ready?: string;
  /** What kstatus makes of it, and Argo CD. */
  health: [kstatus: 'Current' | 'InProgress' | 'Failed', argo: 'Healthy' | 'Progressing' | 'Degraded'];
};

/** Counts of a DaemonSet for two nodes. */
export const TWO = {
  ...{ desiredNumberScheduled: 2, currentNumberScheduled: 2 },
  ...{ updatedNumberScheduled: 2, numberAvailable: 2 },
};
const ONE_DOWN = { ...TWO, numberAvailable: 1 };
const waiting = (reason: string, message: string) => ({
  containerStatuses: [{ state: { waiting: { reason, message } } }],
});
const backOff = (terminated: object) => ({
  containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } }],
});
/** The clock of these tests begins at 2030-01-01T00:00:00Z. */
export const runsAgain = (terminated: object) => ({
  containerStatuses: [{ ready: true, restartCount: 1, state: {}, lastState: { terminated } }],
});
const LOG = '{"level":"info","message":"listening"}\n';
/** What is rolled out, and runs but for what Degraded tells. */
const PARTLY = ['Progressing=False RolledOut', 'Ready=True NotAllAvailable'];
const ALL_RUN = ['Progressing=False RolledOut', 'Ready=True AllAvailable'];
const stalled = (reason: string) => ['Progressing=False Blocked', `Ready=False ${reason}`, `Stalled=True ${reason}`];
const MOVING = ['Progressing=True RollingOut', 'Ready=False RollingOut', 'Reconciling=True RollingOut'];
export const CASES: Case[] = [
  {
    name: 'whose pods are all available',
    given: (world) => world.schedule(TWO),
    conditions: ['Degraded=False AsExpected', ...ALL_RUN],
    health: ['Current', 'Healthy'],
    reason: 'AllAvailable',
    message: /nothing/,
    ready: '2/2',
  },
  {
    name: 'whose pods are being replaced',
    given: (world) => world.schedule({ ...TWO, updatedNumberScheduled: 1 }),
    conditions: ['Degraded=False AsExpected', ...MOVING],
    health: ['InProgress', 'Progressing'],
    reason: 'RollingOut',
    message: /nothing/,
  },
  {
    name: 'whose pods start',
    given: (world) => world.schedule(ONE_DOWN),
    conditions: ['Degraded=False AsExpected', ...MOVING],
    health: ['InProgress', 'Progressing'],
    reason: 'RollingOut',
    message: /nothing/,
  },
  {
    name: 'that no node matches',
    given: (world) => world.schedule({ desiredNumberScheduled: 0 }),
    conditions: ['Degraded=False AsExpected', ...stalled('NoMatchingNodes')],
    health: ['Failed', 'Degraded'],
    reason: 'NoMatchingNodes',
    message: /nothing/,
    ready: '0/0',
  },
  {
    name: 'whose image can’t be pulled on one node',
    given: (world) => {
      world.schedule(ONE_DOWN);
      world.pod('one', waiting('ImagePullBackOff', 'Back-off pulling image "x": 404'));
    },
    conditions: ['Degraded=True ImagePullFailed', ...PARTLY],
    health: ['Current', 'Degraded'],
    reason: 'ImagePullFailed',
    message: /^on one: the image can't be pulled \(.*404\); check spec\.pod\.image/,
    ready: '1/2',
  },
  {
    name: 'whose image can’t be pulled anywhere',
    given: (world) => {
      world.schedule({ ...TWO, numberAvailable: 0 });
      for (const node of ['one', 'two']) world.pod(node, waiting('ErrImagePull', '404'));
    },
    conditions: ['Degraded=True ImagePullFailed', ...stalled('ImagePullFailed')],
    health: ['Failed', 'Degraded'],
    reason: 'ImagePullFailed',
    message: /^on one, two: /,
    ready: '0/2',
  },
  {
    name: 'whose next image can’t be pulled, while the pods of before run',
    given: (world) => {
      world.schedule({ ...TWO, updatedNumberScheduled: 0 });
      world.pod('one', waiting('ErrImagePull', '404'));
    },
    conditions: ['Degraded=True ImagePullFailed', ...stalled('ImagePullFailed')],
    health: ['Failed', 'Degraded'],
    reason: 'ImagePullFailed',
    message: /^on one: /,
    ready: '2/2',
  },
  {
    name: 'whose rollout over many nodes goes on beside one that is in trouble',
    given: (world) => {
      const many = { desiredNumberScheduled: 40, currentNumberScheduled: 40, numberAvailable: 40 };
      world.schedule({ ...many, updatedNumberScheduled: 7 });
      world.pod('one', waiting('ErrImagePull', '404'));
    },
    conditions: ['Degraded=True ImagePullFailed', ...MOVING],
    health: ['InProgress', 'Progressing'],
    reason: 'ImagePullFailed',
    message: /^on one: /,
  },
  {
    name: 'whose collectors end again and again',
    given: (world) => {
      world.schedule(ONE_DOWN);
      world.pod('two', backOff({ exitCode: 1, reason: 'Error', message: `${LOG}panic\n` }));
    },
    conditions: ['Degraded=True CrashLoop', ...PARTLY],
    health: ['Current', 'Degraded'],
    reason: 'CrashLoop',
    message: /^on two: the collector ends again and again \(exit code 1\); kubectl logs --previous/,
  },
  {
    name: 'whose collectors run again until their next end',
    given: (world) => {
      world.schedule(ONE_DOWN);
      const message = `${LOG}error E_STATE_DIR: the folder can not be used: /x\n  → Create it.\n`;
      const lastState = { terminated: { exitCode: 1, reason: 'Error', message } };
      world.pod('two', { containerStatuses: [{ ready: false, restartCount: 2, state: {}, lastState }] });
    },
    conditions: ['Degraded=True CrashLoop', ...PARTLY],
    health: ['Current', 'Degraded'],
    reason: 'CrashLoop',
    message: /^on two: the collector ends again and again \(exit code 1: error E_STATE_DIR: .* → Create it\.\)/,
  },
  {
    name: 'whose collectors have too little memory',
    given: (world) => {
      world.schedule(ONE_DOWN);
      world.pod('two', backOff({ exitCode: 137, reason: 'OOMKilled', message: LOG }), undefined, '64Mi');
    },
    conditions: ['Degraded=True OutOfMemory', ...PARTLY],
    health: ['Current', 'Degraded'],
    reason: 'OutOfMemory',
    message:
      /^on two: the collector was killed again and again because it used more memory than its limit, 64Mi \(OOMKilled, exit code 137\); raise spec\.pod\.resources\.limits\.memory/,
  },
  {
    name: 'one of whose collectors had too little memory once',
    given: (world) => {
      world.schedule(TWO);
      const end = { exitCode: 137, reason: 'OOMKilled', message: LOG, finishedAt: '2030-01-01T00:00:01Z' };
      world.pod('two', runsAgain(end), undefined, '64Mi');
    },
    conditions: ['Degraded=True OutOfMemory', ...ALL_RUN],
    health: ['Current', 'Degraded'],
    reason: 'OutOfMemory',
    message: /^on two: the collector was killed because it used more memory than its limit, 64Mi /,
  },
  {
    name: 'one of whose collectors was killed once',
    given: (world) => {
      world.schedule(TWO);
      const end = { exitCode: 137, reason: 'Error', message: LOG, finishedAt: '2030-01-01T00:00:01Z' };
      world.pod('two', runsAgain(end));
    },
    conditions: ['Degraded=True Restarted', ...ALL_RUN],
    health: ['Current', 'Degraded'],
    reason: 'Restarted',
    message: /^on two: the collector ended and was started again \(exit code 137\); killed from outside/,
  },
  {
    name: 'whose port another program has',
    given: (world) => {
      world.schedule(ONE_DOWN);
      const message = `${LOG}error E_PORT_IN_USE: the UDP port is taken by another program: [::]:2055 (bind EADDRINUSE)\n  → Find it\n`;
      world.pod('two', backOff({ exitCode: 1, reason: 'Error', message }));
    },
    conditions: ['Degraded=True PortTaken', ...PARTLY],
    health: ['Current', 'Degraded'],
    reason: 'PortTaken',
    message: /^on two: the UDP port is taken by another program: \[::\]:2055 \(bind EADDRINUSE\); stop that program/,
  },
  {
    name: 'whose port another program had',
    given: (world) => {
      world.schedule(TWO);
      const message = `${LOG}error E_PORT_IN_USE: the UDP port is taken by another program: [::]:2055\n  → Find it\n`;
      world.pod('two', runsAgain({ exitCode: 1, reason: 'Error', message, finishedAt: '2030-01-01T00:00:01Z' }));
    },
    conditions: ['Degraded=False AsExpected', ...ALL_RUN],
    health: ['Current', 'Healthy'],
    reason: 'AllAvailable',
    message: /nothing/,
  },
  {
    name: 'whose pods find no room',
    given: (world) => {
      world.schedule(ONE_DOWN);
      const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no cpu' }];
      world.pod('', { conditions });
    },
    conditions: ['Degraded=True Unschedulable', ...PARTLY],
    health: ['Current', 'Degraded'],
    reason: 'Unschedulable',
    message: /no cpu.*spec\.pod\.resources/,
  },
  {
    name: 'one of whose nodes is dead',
    given: (world) => {
      world.schedule(ONE_DOWN);
      const conditions = [
        { type: 'Ready', status: 'False' },
        { type: 'ContainersReady', status: 'True' },
      ];
      world.pod('two', { conditions });
    },
    conditions: ['Degraded=True NodeNotReady', ...PARTLY],
    health: ['Current', 'Degraded'],
    reason: 'NodeNotReady',
    message: /^on two: Kubernetes hears nothing of the node/,
    ready: '1/2',
  },
  {
    name: 'in a namespace that forbids the host network',
    given: (world) => {
      world.failedCreate = 'pods "edge-x" is forbidden: violates PodSecurity "restricted:latest": host namespaces';
      world.schedule({ desiredNumberScheduled: 2 });
    },
    conditions: ['Degraded=True PodSecurityForbids', ...stalled('PodSecurityForbids')],
    health: ['Failed', 'Degraded'],
    reason: 'PodSecurityForbids',
    message: /kubectl label namespace flows pod-security\.kubernetes\.io\/enforce=privileged/,
  },
  {
    name: 'whose pods a quota forbids',
    given: (world) => {
      world.failedCreate = 'exceeded quota: pods';
      world.schedule({ desiredNumberScheduled: 2 });
    },
    conditions: ['Degraded=True PodsNotCreated', ...stalled('PodsNotCreated')],
    health: ['Failed', 'Degraded'],
    reason: 'PodsNotCreated',
    message: /exceeded quota/,
  },
];
