/** The flags that set fields. Reading the command line and the help text are both made from this table. */
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { formatHostPort, HOST_PORT_MESSAGE, parseHostPort } from '../../crds/common/host-port.ts';
import { number, type Reading, text } from './reading.ts';

type Defaults = CollectorConfigInput;

/** A flag that sets fields of the configuration. */
export type Flag = {
  name: string;
  argument: string;
  help: string;
  repeatable?: boolean;
  /** Its text may hold a secret: it is never shown. */
  secret?: boolean;
  /** `nth` counts the readable uses of a repeatable flag from 0. */
  read(text: string, nth: number): Reading;
  default?(defaults: Defaults): unknown;
};

/** By the groups of the help text. */
export const FLAGS: Record<string, readonly Flag[]> = {
  Input: [
    {
      name: 'listen',
      argument: 'HOST:PORT',
      help: 'UDP socket to listen on: [::]:2055, :2055, 2055, 127.0.0.1:2055 or, for sFlow, sflow://:6343.',
      repeatable: true,
      read: readListen,
      default: ({ listeners }) => listeners?.map(({ host = '', port = 0 }) => formatHostPort(host, port)).join(' '),
    },
    {
      name: 'allow',
      argument: 'CIDR',
      help: 'Exporters to accept packets from; others are dropped unread.',
      repeatable: true,
      read: (value, nth) => [
        ...(nth === 0 ? [{ path: ['allowedSources'], value: [] }] : []),
        { path: ['allowedSources', nth], value },
      ],
      default: () => 'everybody',
    },
    {
      name: 'workers',
      argument: 'N',
      help: 'Threads that receive and decode, or auto: one fewer than there are cores.',
      read: number('workers'),
      default: ({ workers }) => workers,
    },
    {
      name: 'state-dir',
      argument: 'DIR',
      help: 'Folder in which learned templates are kept over a restart.',
      read: text('templates', 'stateDir'),
    },
  ],
  Selection: [
    {
      name: 'filter',
      argument: 'CEL',
      help: 'Flows to keep, such as "destination.port == 443"; docs/selection.md says what can be asked.',
      read: text('selection', 'filter'),
    },
  ],
  Output: [
    {
      name: 'otlp-endpoint',
      argument: 'URL',
      help: 'Backend for the traces. Without one they are only shown on the built-in page.',
      read: (value) => [
        { path: ['otlp', 'endpoint'], value },
        { path: ['otlp', 'appendPath'], value: true },
      ],
    },
    {
      name: 'otlp-protocol',
      argument: 'NAME',
      help: 'grpc or http/protobuf.',
      read: text('otlp', 'protocol'),
      default: ({ otlp }) => otlp?.protocol,
    },
    {
      name: 'otlp-header',
      argument: 'NAME=VALUE',
      help: 'Header of each request, such as an API key.',
      repeatable: true,
      secret: true,
      read: readHeader,
    },
  ],
  Operation: [
    {
      name: 'http',
      argument: 'HOST:PORT',
      help: 'Address of /metrics, /livez, /readyz, /status and the page for people; or off, for none of these.',
      read: readHttp,
      default: ({ http }) => formatHostPort(http?.host ?? '', http?.port ?? 0),
    },
    {
      name: 'trace-url',
      argument: 'URL',
      help: 'Where your backend shows a trace, {traceId} for its id: http://localhost:16686/trace/{traceId}. The page links there.',
      read: text('http', 'traceUrl'),
    },
    {
      name: 'log-level',
      argument: 'LEVEL',
      help: 'debug, info, warn or error.',
      read: text('logLevel'),
      default: ({ logLevel }) => logLevel,
    },
    {
      name: 'log-format',
      argument: 'FORMAT',
      help: 'json, or auto: lines for people on a terminal, else JSON.',
      read: text('logFormat'),
      default: ({ logFormat }) => logFormat,
    },
  ],
};

/** Flags that say what to do instead of running. The first one given, in this order, counts. */
export const ACTIONS = {
  help: 'Show this text.',
  version: 'Show the version.',
  check: 'Validate the configuration, show all of it as YAML without secrets, and end.',
  healthcheck:
    'Ask the collector that runs with the same --http or --config (without any: the container’s) whether it is ready; end with 0 or 1.',
} as const;

function readListen(value: string, nth: number): Reading {
  const [, protocol, address] = /^(?:(netflow|sflow):\/\/)?(.*)$/s.exec(value)!;
  const socket = parseHostPort(address);
  if (!socket) return { allowed: `${HOST_PORT_MESSAGE}; sflow:// may stand before it` };
  const name = protocol ?? 'netflow';
  const listener = { ...(protocol && { protocol }), name: nth === 0 ? name : `${name}-${nth + 1}`, ...socket };
  return [...(nth === 0 ? [{ path: ['listeners'], value: [] }] : []), { path: ['listeners', nth], value: listener }];
}

function readHttp(value: string): Reading {
  if (value === 'off') return [{ path: ['http', 'enabled'], value: false }];
  const socket = parseHostPort(value);
  if (!socket) return { allowed: `${HOST_PORT_MESSAGE}, or off` };
  const entries = Object.entries({ enabled: true, ...socket });
  return entries.map(([key, entry]) => ({ path: ['http', key], value: entry }));
}

function readHeader(value: string): Reading {
  const equals = value.indexOf('=');
  if (equals < 1) return { allowed: 'must be NAME=VALUE (not shown: it may hold a secret)' };
  return [{ path: ['otlp', 'headers', value.slice(0, equals).trim()], value: value.slice(equals + 1).trim() }];
}
