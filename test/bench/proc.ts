/** What the kernel says about processes and the machine; Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, the unit of times in /proc/stat; 100 on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * CPU time, user and system, of all living threads of a process, in seconds; to the nanosecond, where /proc/PID/stat
 * has hundredths of a second.
 */
export function cpuSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1e9;
}

/** Highest resident set size so far, in MiB. */
export function peakRss(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1_024;
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
