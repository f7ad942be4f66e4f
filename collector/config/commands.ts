/** What the program does besides collecting. */

export type Command = {
  /** For the list of commands in `--help`. */
  help: string;
  /** Takes the command's own arguments; resolves with the exit code. */
  run(args: string[]): Promise<number>;
};

/** By what is typed after the program's name. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  [
    'demo',
    {
      help: 'Send packets of real exporters to a collector, to see what comes of them.',
      run: async (args) => (await import('../replay/command.ts')).sendDemo(args),
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
