/** Configurations to fuzz: limits so low that they are met, and each way in which spans can be written. */
import { type CollectorConfig, type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';

export type Profile = {
  config: CollectorConfig;
  /** Executions after which the batch is sealed, as by its age. */
  flushEvery: number;
};

const LIMITS: CollectorConfigInput['limits'] = {
  exporters: 24,
  templatesPerExporter: 48,
  templates: 256,
  recordsPerPacket: 200,
  heldBytes: '64Ki',
  heldBytesPerExporter: '16Ki',
};

function profile(flushEvery: number, config: CollectorConfigInput): Profile {
  return { flushEvery, config: collectorConfig.parse({ limits: LIMITS, ...config }) };
}

export const PROFILES: readonly Profile[] = [
  profile(1, {}),
  profile(8, { spans: { timestamps: 'clamped' }, otlp: { batch: { maxSize: '16Ki' } } }),
  profile(1_024, {
    spans: { timestamps: 'received', attributes: { include: ['flow.*', 'source.*', 'network.*', 'netflow.*'] } },
    templates: { keyBySourcePort: true },
    otlp: { batch: { maxSize: '1Mi' } },
  }),
  profile(1, {
    spans: { attributes: { exclude: ['netflow.*', 'flow.direction', 'network.type', 'source.address'] } },
    limits: { fieldsPerTemplate: 2_048 },
    allowedSources: ['192.0.2.0/24', '2001:db8::/32'],
    listeners: [{ name: 'netflow' }, { name: 'second', port: 4739 }],
  }),
];
