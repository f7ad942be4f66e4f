/** What the program does besides collecting: what is typed after its name, and what `--help` says of it. */
export const COMMANDS = {
  demo: 'Collect what the devices of a small network export again and again, to see what comes of it.',
  replay: 'Send captured packets to a collector: pcap, pcapng or raw files.',
  inspect: 'Show what is in packets, of a capture or as they come, and what is wrong with them.',
  tap: 'Show flows of a running collector as they come.',
  top: 'Show rates, loss, talkers, ports and exporters of a running collector, again and again.',
} as const;
export type CommandName = keyof typeof COMMANDS;

/** Whether a word on the command line is a command. */
export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}
