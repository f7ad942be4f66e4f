/** What each command runs. They are loaded when they are called for. */
import type { CommandName } from './config/commands.ts';
import type { Errand } from './demo/errand.ts';

/** Takes the command's own arguments; resolves with the exit code, or with what the collector is to be started for. */
type Command = (args: string[]) => Promise<number | Errand>;

export const RUN: Record<CommandName, Command> = {
  demo: async (args) => (await import('./demo/command.ts')).runDemo(args),
  replay: async (args) => (await import('./replay/command.ts')).replayCaptures(args),
  inspect: async (args) => (await import('./inspect/command.ts')).inspectPackets(args),
  tap: async (args) => (await import('./watch/command.ts')).tapFlows(args),
  top: async (args) => (await import('./watch/command.ts')).showTop(args),
};
