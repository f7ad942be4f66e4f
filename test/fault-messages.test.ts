/**
 * What collectors say of connections and TLS, as a resource's condition tells it: by the fields that its user can set.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { explainFault, plaintextToTls } from '../collector/connect/faults.ts';
import { summarize } from '../operator/ingestion/aggregate.ts';
import { reporterOf, reportOf } from '../operator/ingestion/reporter.fixture.ts';
import { hear, type Reporter } from '../operator/ingestion/reporter.ts';
import { reportConditions } from '../operator/status/report-conditions.ts';

suite('a fault is told with the field of the resource', () => {
  const words = (message: string, otlp = 'otlp') => explainFault(message, otlp)!;
  const cases: [error: string, field: RegExp][] = [
    [words('self-signed certificate in certificate chain'), /: set spec\.otlp\.tls\.ca to the authority/],
    [words("Hostname/IP does not match certificate's altnames: x"), /: set spec\.otlp\.tls\.serverName to one/],
    [words('certificate has expired'), /only spec\.otlp\.tls\.insecureSkipVerify would/],
    [words('wrong version number'), /: write http:\/\/ in spec\.otlp\.endpoint \(/],
    [words('wrong version number', 'metrics.otlp'), /in spec\.metrics\.otlp\.endpoint \(/],
    [words('tlsv13 alert certificate required'), /: set spec\.otlp\.tls\.clientCertificate \(/],
    [words('tlsv1 alert unknown ca'), /: look at spec\.otlp\.tls\.clientCertificate \(/],
    [words('tlsv1 alert no application protocol'), /: change spec\.otlp\.protocol, or the port/],
    [words('connect ECONNREFUSED 10.0.0.1:4317'), /: start the backend, or correct .* in spec\.otlp\.endpoint \(/],
    [words('getaddrinfo EAI_AGAIN tempo.tracing'), /: correct it in spec\.otlp\.endpoint, or look at the DNS \(/],
    [words('getaddrinfo ENOTFOUND tempo', 'metrics.otlp'), /: correct it in spec\.metrics\.otlp\.endpoint/],
    [words('connect EHOSTUNREACH 10.0.0.1:4317'), /routes and firewalls on the way \(connect EHOSTUNREACH/],
    [plaintextToTls('otlp'), /: write https:\/\/ in spec\.otlp\.endpoint$/],
  ];
  for (const [error, field] of cases) {
    test(error, () => {
      const report = reportOf(1_000, {}, { export: { state: 'failing', error } });
      const reporter = hear(reporterOf('a'), report, { now: 0, wallTime: 0, interval: 5_000 }) as Reporter;
      const [{ message }] = reportConditions(summarize([reporter], new Map(), 0));
      assert.match(message, field);
      assert.doesNotMatch(message, /(?<!spec\.(metrics\.)?)(?<!metrics\.)otlp\.|caFile|certFile|host:port/);
    });
  }
});
