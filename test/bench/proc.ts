/** What the kernel says about processes and the machine; Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, the unit of times in /proc/stat; 100 on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat, counted from the one after the name. */
const [PARENT, CUTIME, CSTIME] = [1, 13, 14];

/**
 * CPU time, user and system, of all living threads of a process and of its children, in seconds: to the nanosecond, where
 * /proc/PID/stat has hundredths of a second. Of children that have ended it is that.
 */
export function cpuSeconds(pid: number): number {
  return processes(pid).reduce((sum, process) => sum + ownCpuSeconds(process) + endedCpuSeconds(process), 0);
}

function ownCpuSeconds(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1e9;
}

/** Of children that a process has waited for. */
function endedCpuSeconds(pid: number): number {
  return Number(statOf(pid)[CUTIME]) / TICKS_PER_SECOND + Number(statOf(pid)[CSTIME]) / TICKS_PER_SECOND;
}

/** A process and all that it has started, directly or not. */
function processes(pid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const children = all.filter((other) => Number(statOf(other)[PARENT]) === pid);
  return [pid, ...children.flatMap(processes)];
}

/** What follows the name in /proc/PID/stat; nothing of a process that has ended. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return [];
  }
}

/** Highest resident set sizes so far of a process and its children, in MiB. */
export function peakRss(pid: number): number {
  const sizes = processes(pid).map((process) => {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1]);
  });
  return sizes.reduce((sum, size) => sum + size, 0) / 1_024;
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
