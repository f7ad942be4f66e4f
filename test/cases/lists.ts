/** Structured data (RFC 6313). */
import { ABSENT, type Case, PRESENT } from './case.ts';

/** YAF's records of DNS, and of a certificate. */
const DNS = 'netflow.subTemplateMultiList.1.subTemplateList';
const CERTIFICATE = 'netflow.subTemplateMultiList.0.subTemplateList.0';

/** What a record of DNS says. */
function dns(record: number, values: Record<string, string | number>): Record<string, string | number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${DNS}.${record}.cert.${name}`, value]));
}

export const LISTS: readonly Case[] = [
  {
    file: 'P08',
    shows: 'a basicList of texts of variable length',
    flows: [
      {
        attributes: {
          ...{ 'source.address': '10.1.1.1', 'destination.address': '10.2.2.2', 'network.transport': 'tcp' },
          ...{ 'source.port': 40_000, 'destination.port': 443 },
          'netflow.interfaceName': ['eth', 'abc'],
        },
      },
    ],
  },
  {
    file: 'yaf-subtemplatemultilist',
    shows: 'flows with a subTemplateMultiList',
    received: 'exported',
    flows: [
      {
        attributes: {
          ...{ 'source.address': '192.0.2.1', 'destination.address': '192.0.2.2', 'network.transport': 'udp' },
          ...{ 'source.port': 46_086, 'destination.port': 53 },
          'netflow.subTemplateMultiList.0.sourceMacAddress': '00:0c:29:70:86:09',
          'netflow.subTemplateMultiList.0.destinationMacAddress': '00:0c:29:8d:af:c3',
        },
      },
      {
        attributes: {
          ...{ 'source.address': '192.0.2.2', 'destination.address': '192.0.2.3', 'network.transport': 'tcp' },
          ...{ 'source.port': 63_499, 'destination.port': 9_997 },
          'netflow.subTemplateMultiList.0.sourceMacAddress': '00:0c:29:8d:af:c3',
          'netflow.subTemplateMultiList.0.destinationMacAddress': '00:0c:29:a8:6e:2f',
          'netflow.cert.initialTCPFlags': 194,
        },
      },
    ],
  },
  {
    file: 'yaf-dpi',
    shows: 'what YAF found in packets of DNS, HTTP and TLS',
    flows: [
      {
        attributes: {
          ...{ 'network.transport': 'udp', 'destination.port': 53, 'netflow.cert.silkAppLabel': 53 },
          'netflow.subTemplateMultiList.0.sourceMacAddress': '02:00:00:00:00:01',
          ...dns(0, { dnsQName: 'www.example.org.', dnsQRType: 1, dnsQueryResponse: 0, dnsID: 0x1234 }),
          ...dns(1, { dnsQName: 'www.example.org.', dnsQRType: 5, dnsQueryResponse: 1, dnsTTL: 300 }),
          ...dns(2, { dnsQName: 'edge.example.net.', dnsQRType: 1, dnsRRSection: 1, dnsTTL: 60 }),
          [`${DNS}.1.subTemplateList.0.cert.dnsCName`]: 'edge.example.net.',
          [`${DNS}.2.subTemplateList.0.sourceIPv4Address`]: '192.0.2.80',
          'netflow.list.error': ABSENT,
        },
      },
      {
        attributes: {
          ...{ 'network.transport': 'tcp', 'destination.port': 80, 'netflow.cert.silkAppLabel': 80 },
          'netflow.subTemplateMultiList.0.tcpSequenceNumber': 0x12345678,
          'netflow.subTemplateMultiList.0.cert.initialTCPFlags': 2,
          'netflow.subTemplateMultiList.1.cert.httpServerString': ['nginx'],
          'netflow.subTemplateMultiList.1.cert.httpUserAgent': ['curl/8.5.0', 'Wget/1.21'],
          'netflow.subTemplateMultiList.1.cert.httpGet': ['GET /a', 'GET /b'],
          'netflow.subTemplateMultiList.1.cert.httpResponse': ['200 OK', '404 Not Found'],
          'netflow.list.error': ABSENT,
        },
      },
      {
        attributes: {
          ...{ 'network.transport': 'tcp', 'destination.port': 443, 'netflow.cert.silkAppLabel': 443 },
          'netflow.subTemplateMultiList.0.cert.sslServerName': 'www.example.org',
          'netflow.subTemplateMultiList.0.cert.sslServerCipher': 0x1301,
          'netflow.subTemplateMultiList.0.cert.sslCipher': PRESENT,
          [`${CERTIFICATE}.cert.sslCertSerialNumber`]: '0102',
          [`${CERTIFICATE}.cert.sslCertValidityNotAfter`]: '270101000000Z',
          [`${CERTIFICATE}.subTemplateList.0.0.cert.sslObjectValue`]: 'Example CA',
          [`${CERTIFICATE}.subTemplateList.0.1.cert.sslObjectValue`]: 'CH',
          [`${CERTIFICATE}.subTemplateList.1.0.cert.sslObjectValue`]: 'www.example.org',
          'netflow.list.error': ABSENT,
        },
      },
    ],
  },
];
