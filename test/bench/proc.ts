/** What the kernel says about processes and the machine; Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, the unit of times in /proc/stat; 100 on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat, counted from the one after the name. */
const [PARENT, CUTIME, CSTIME] = [1, 13, 14];

/**
 * CPU time, user and system, of all living threads of a process and of its children, in seconds: to the nanosecond,
 * where /proc/PID/stat has hundredths of a second. Of children that have ended it is that.
 */
export function cpuSeconds(pid: number): number {
  return processes(pid).reduce((sum, process) => sum + ownCpuSeconds(process) + endedCpuSeconds(process), 0);
}

/** Highest resident set sizes so far of a process and its children, in MiB. */
export function peakRss(pid: number): number {
  const sizes = processes(pid).map((process) =>
    Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`${process}/status`))?.[1] ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1_024;
}

function ownCpuSeconds(pid: number): number {
  const nanoseconds = list(`${pid}/task`).map((thread) =>
    Number(read(`${pid}/task/${thread}/schedstat`).split(' ')[0]),
  );
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1e9;
}

/** Of children that a process has waited for. */
function endedCpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[CUTIME] ?? 0) + Number(fields[CSTIME] ?? 0)) / TICKS_PER_SECOND;
}

/** A process and all that it has started, directly or not. */
function processes(pid: number): number[] {
  const all = list('.')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const children = all.filter((other) => Number(statOf(other)[PARENT]) === pid);
  return [pid, ...children.flatMap(processes)];
}

/** What follows the name in /proc/PID/stat. */
function statOf(pid: number): string[] {
  return read(`${pid}/stat`).split(') ').at(-1)!.split(' ');
}

/** A file in /proc; empty when its process has ended meanwhile. */
function read(path: string): string {
  return unlessEnded(() => readFileSync(`/proc/${path}`, 'utf8'), '');
}

function list(path: string): string[] {
  return unlessEnded(() => readdirSync(`/proc/${path}`), []);
}

function unlessEnded<T>(get: () => T, otherwise: T): T {
  try {
    return get();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return otherwise;
    throw error;
  }
}

/** CPU time since boot, in seconds: `busy` by anything, `steal` what the hypervisor gave to others. */
export function machineCpu(): { busy: number; steal: number } {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .slice('cpu '.length)
    .trimStart()
    .split(/\s+/, 8)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  return { busy: user + nice + system + irq + softirq, steal };
}

/** Whether a UDP socket is bound to `port`. */
export function udpPortOpen(port: number): boolean {
  return udpSocket(port) !== undefined;
}

/** The UDP socket that is bound to `port`: bytes that wait in it, and datagrams that it had no room for. */
export function udpSocket(port: number): { queued: number; dropped: number } | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = ['/proc/net/udp', '/proc/net/udp6']
    .flatMap((table) => readFileSync(table, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/));
  const columns = sockets.find(([, local]) => local?.endsWith(suffix));
  return columns && { queued: Number.parseInt(columns[4].split(':')[1], 16), dropped: Number(columns.at(-1)) };
}
