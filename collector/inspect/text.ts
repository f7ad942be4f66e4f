/** What was found in packets, as text for people and for tickets. */
import { formatHostPort } from '../../crds/common/host-port.ts';
import { printable } from '../../crds/common/text.ts';
import { versionName } from '../common/version-name.ts';
import type { Fact } from '../devices/facts.ts';
import type { InspectedFlow, InspectedPacket } from './inspector.ts';
import type { Joined } from './joins.ts';
import type { Problem } from './problems.ts';
import type { Summary } from './summary.ts';
import type { InspectedField, InspectedTemplate } from './templates.ts';

const WIDTH = 110;
const INDENT = '    ';

/** A packet, with an empty line behind it. */
export function packetText(packet: InspectedPacket): string {
  const { templates, options, flows, counters = [], released, problems } = packet;
  const lines = [
    head(packet),
    ...templates.flatMap(templateLines),
    ...options.flatMap(({ template, values, facts }) => [
      ...attributeLines(`options by template ${template}`, values, []),
      ...facts.map((fact) => `${INDENT}${INDENT}tells ${factText(fact)}`),
    ]),
    ...flows.flatMap(flowLines),
    ...counters.flatMap(({ structure, source, sequence, values }) =>
      attributeLines(`${structure} of ${source}, sample ${sequence}`, values, []),
    ),
    ...released.flatMap(({ packet, flows }) => [
      `${INDENT}now read, of packet ${packet}, whose data waited for their template:`,
      ...flows.flatMap((flow) => flowLines({ ...flow, joined: [] })),
    ]),
    ...problems.map((problem) => `${INDENT}! ${problemText(problem)}`),
  ];
  return `${lines.map(printable).join('\n')}\n\n`;
}

/** The lines at the end: what there was, what options data told, and what is wrong. */
export function summaryText({ packets, flows, options, templates, told, problems, waiting }: Summary): string {
  const lines = [
    [
      `${counted(packets, 'packet')}: ${counted(templates, 'template')}`,
      ...[counted(options, 'record of options data', 'records of options data'), counted(flows, 'flow')],
    ].join(', '),
    ...told.map(({ fact, packet, joined }) => {
      if (!isJoined(fact)) return `packet ${packet} told ${factText(fact)}`;
      const to = joined === 0 ? 'nothing' : counted(joined, 'attribute of flows', 'attributes of flows');
      return `packet ${packet} told ${factText(fact)}: joined to ${to}`;
    }),
    ...problems.map(({ what, count, packet }) => `! ${what}: ${counted(count, 'time')}, first in packet ${packet}`),
    ...(waiting > 0 ? [`! still waiting for their template: ${counted(waiting, 'data set')}`] : []),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function head({ packet, time, address, port, size, ...rest }: InspectedPacket): string {
  const { version, exportTime, sysUptimeMs, sequence, domain, agent, restarted } = rest;
  return [
    `packet ${packet}`,
    ...(time === undefined ? [] : [`at ${time}`]),
    `from ${port === undefined ? address : formatHostPort(address, port)}`,
    ...(version === undefined
      ? []
      : [`${typeof version === 'number' && version !== 10 ? 'NetFlow ' : ''}${versionName(version)}`]),
    counted(size, 'byte'),
    ...(agent === undefined ? [] : [`agent ${agent}`]),
    ...(domain === undefined ? [] : [`${version === 'sflow' ? 'sub-agent' : 'domain'} ${domain}`]),
    ...(sequence === undefined ? [] : [`sequence ${sequence}`]),
    ...(exportTime === undefined ? [] : [`exported ${exportTime}`]),
    ...(sysUptimeMs === undefined ? [] : [`uptime ${sysUptimeMs / 1_000} s`]),
    ...(restarted ? ['after a restart of the exporter'] : []),
  ].join('  ');
}

/** The fields of one that was told before are not told again. */
function templateLines({ id, options, news, recordLength, variable, fields }: InspectedTemplate): string[] {
  const length = `${variable ? 'at least ' : ''}${counted(recordLength, 'byte')}`;
  const title = `${INDENT}${options ? 'options template' : 'template'} ${id}, ${news}: records of ${length}`;
  return [title, ...(news === 'repeated' ? [] : fields.map((field) => `${INDENT}${INDENT}${fieldText(field)}`))];
}

function fieldText({ name, id, pen, length, scope }: InspectedField): string {
  const number = pen === undefined ? `${id}` : `${pen}/${id}`;
  return `${name} (${number}) ${length === 'variable' ? 'variable' : counted(length, 'byte')}${scope ? ', scope' : ''}`;
}

function flowLines({ name, template, kind, start, end, attributes, joined }: InspectedFlow): string[] {
  const by = template === undefined ? '' : ` by template ${template}`;
  return attributeLines(`${name}${by}  ${kind}  ${start} – ${end}`, attributes, joined);
}

/** A title, and below it `name=value`, as many as go into a line. */
function attributeLines(title: string, attributes: Record<string, unknown>, joined: readonly Joined[]): string[] {
  const lines = [`${INDENT}${title}`];
  let line = '';
  for (const [name, value] of Object.entries(attributes)) {
    const from = joined.find(({ attribute }) => attribute === name);
    const told = from ? ` (told of ${from.of.replace(/^rate of /, '')} ${from.id} by packet ${from.packet})` : '';
    const next = `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}${told}`;
    if (line !== '' && line.length + 2 + next.length > WIDTH) {
      lines.push(`${INDENT}${INDENT}${line}`);
      line = '';
    }
    line = line === '' ? next : `${line}  ${next}`;
  }
  return line === '' ? lines : [...lines, `${INDENT}${INDENT}${line}`];
}

/** Devices may send any number. */
function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

/** Whether flows have attributes from it, and not only times and their trace's exporter. */
function isJoined({ kind }: Fact): boolean {
  return kind !== 'boot' && kind !== 'original exporter';
}

function factText(fact: Fact): string {
  if (fact.kind === 'boot') return `that it was started at ${timeText(fact.ms)}`;
  if (fact.kind === 'original exporter') return `that the device behind it is ${fact.address}`;
  const { kind, id, ...values } = fact;
  const of = kind === 'rate of domain' ? kind : `${kind} ${id}`;
  const texts = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return `${of}: ${texts.join(', ')}`;
}

function problemText({ offset, what, section }: Problem): string {
  return `${offset === undefined ? '' : `at byte ${offset}: `}${what}${section ? ` (${section})` : ''}`;
}
