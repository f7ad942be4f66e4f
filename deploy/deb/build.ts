/**
 * Makes a package for Debian and its like of dist/collector.js, with the Node that runs this: `npm run deb`. For the
 * machine's own architecture, by dpkg-deb.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

const { name, version, description } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const architecture = ARCHITECTURES[process.arch];
if (!architecture) throw new Error(`no package for ${process.arch}`);
const file = join(DIST, `${name}_${version}_${architecture}.deb`);

/** What goes where, from the project and from dist/. */
const FILES: Record<string, string> = {
  'deploy/deb/netflow2traces': 'usr/bin/netflow2traces',
  'deploy/deb/netflow2traces.service': 'usr/lib/systemd/system/netflow2traces.service',
  'deploy/deb/sysctl.conf': 'usr/lib/sysctl.d/50-netflow2traces.conf',
  'deploy/deb/collector.yaml': 'etc/netflow2traces/collector.yaml',
  // By its name the program knows how users run it.
  'dist/collector.js': 'usr/lib/netflow2traces/netflow2traces',
  'deploy/deb/postinst': 'DEBIAN/postinst',
  'deploy/deb/prerm': 'DEBIAN/prerm',
  'deploy/deb/postrm': 'DEBIAN/postrm',
};
const DOCUMENTS = ['docs/reference/configuration.md', 'README.md', 'CHANGELOG.md'];
const EXECUTABLE = /^(DEBIAN\/p|usr\/bin\/|usr\/lib\/netflow2traces\/node$)/;

const tree = mkdtempSync(join(tmpdir(), 'netflow2traces-deb-'));
chmodSync(tree, 0o755);
try {
  for (const [from, to] of Object.entries(FILES)) place(to, readFileSync(join(ROOT, from)));
  for (const from of DOCUMENTS) place(`usr/share/doc/${name}/${basename(from)}`, readFileSync(join(ROOT, from)));
  place('usr/lib/netflow2traces/node', readFileSync(process.execPath));
  place('usr/lib/netflow2traces/package.json', '{ "type": "module" }\n');
  place(`usr/share/doc/${name}/copyright`, licences());
  place('DEBIAN/conffiles', '/etc/netflow2traces/collector.yaml\n');
  place('DEBIAN/control', control());
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', tree, file], { stdio: 'inherit' });
} finally {
  rmSync(tree, { recursive: true });
}

function place(path: string, content: string | Uint8Array): void {
  const full = join(tree, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  chmodSync(full, EXECUTABLE.test(path) ? 0o755 : 0o644);
}

function control(): string {
  const installed = globSync('**/*', { cwd: tree, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = installed.reduce(
    (total, { parentPath, name }) => total + readFileSync(join(parentPath, name)).length,
    0,
  );
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: The netflow2traces authors <netflow2traces@localhost>',
    `Installed-Size: ${Math.ceil(bytes / 1_024)}`,
    // What Node is linked to.
    'Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 8)',
    'Recommends: systemd',
    'Section: net',
    'Priority: optional',
    `Description: ${description.replace(/\.$/, '')}`,
    ' A collector of NetFlow v1, v5, v7, v9 and IPFIX that sends each flow as a span over OTLP.',
    ' With the version of Node that it is tested with, and a systemd service.',
    '',
  ].join('\n');
}

/** Ours, Node's, and those of what is in the bundle. */
function licences(): string {
  const [ofNode] = globSync('node_modules/**/node-*-*/LICENSE', { cwd: ROOT });
  const parts = [join(ROOT, 'LICENSE'), ...(ofNode ? [join(ROOT, ofNode)] : []), join(DIST, 'collector.licenses.txt')];
  return parts.map((path) => readFileSync(path, 'utf8').trim()).join(`\n\n${'-'.repeat(80)}\n\n`);
}
