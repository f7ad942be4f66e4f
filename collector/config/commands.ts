/** What the program does besides collecting. */
import type { Errand } from '../demo/errand.ts';

export type Command = {
  /** For the list of commands in `--help`. */
  help: string;
  /** Takes the command's own arguments; resolves with the exit code, or with what the collector is to be started for. */
  run(args: string[]): Promise<number | Errand>;
};

/** By what is typed after the program's name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'demo',
    {
      help: 'Collect what the devices of a small network export again and again, to see what comes of it.',
      run: async (args) => (await import('../demo/command.ts')).runDemo(args),
    },
  ],
  [
    'replay',
    {
      help: 'Send captured packets to a collector: pcap, pcapng or raw files.',
      run: async (args) => (await import('../replay/command.ts')).replayCaptures(args),
    },
  ],
]);
