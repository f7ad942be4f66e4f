/** All that is in the images, and under which licences: nothing comes in that nobody has looked at. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { suite, test } from 'node:test';
import { imageArchive } from './archive.ts';
import { unableToBuild } from './build.ts';
import { command } from './command.ts';

/** What Node is linked to, and the Debian packages that bring it. */
const LIBRARIES = [
  ...['ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'],
  ...['libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'libgcc_s.so.1', 'libstdc++.so.6'],
];
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6'];
/** Of packages of npm, and of data. None asks for more than that its text is passed on. */
const LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Unlicense'];
/** Of names and numbers alone, in the collector; its text is shipped. */
const LGPL = { part: 'libfixbuf', licence: 'LGPL-3.0' };

const OURS = {
  collector: [/^app\/collector\.js$/],
  operator: [/^app\/operator\.js$/, /^app\/operator\/[\w-]+-[0-9A-Z]{8}\.js$/],
};

for (const [name, programs] of Object.entries(OURS)) {
  suite(`the image of the ${name}`, { skip: unableToBuild() }, () => {
    const image = open(`Dockerfile.${name}`, `localhost/netflow2traces-${name}:test`);

    test('has the program, Node with its libraries, and who its user is', () => {
      const libraries = image.files.filter((path) => LIBRARIES.includes(basename(path)));
      assert.ok(libraries.length >= 6, libraries.join());
      const rest = image.files.filter(
        (path) =>
          !libraries.includes(path) && !path.startsWith('licenses/') && !programs.some((pattern) => pattern.test(path)),
      );
      assert.deepEqual(rest.sort(), ['etc/nsswitch.conf', 'etc/passwd', 'usr/local/bin/node']);
    });

    test('has the licences of all parts', () => {
      const texts = image.files.filter((path) => path.startsWith('licenses/'));
      const parts = [`${name}.licenses`, 'netflow2traces', 'node', ...PACKAGES];
      assert.deepEqual(texts.sort(), parts.map((part) => `licenses/${part}.txt`).sort());
      for (const path of texts) assert.ok(image.read(path).length > 500, path);
    });

    test('has what others made under licences that are known, the demo’s packets too', () => {
      const text = image.read(`licenses/${name}.licenses.txt`);
      const parts = text.split(/^-{80}\n/m).map((part) => /^\n?(\S+) (\S+) \((.+)\)\n\n([\s\S]*)/.exec(part)!.slice(1));
      assert.ok(parts.length > 10);
      const ofCollector = parts.filter(([part]) => part === 'telegraf' || part === LGPL.part);
      assert.deepEqual(
        ofCollector.map(([part]) => part).sort(),
        // The demo's packets, and tables of elements.
        name === 'collector' ? ['libfixbuf', 'telegraf', 'telegraf'] : [],
      );
      for (const [part, , licence, words] of parts) {
        assert.ok(
          LICENCES.includes(licence) || (part === LGPL.part && licence === LGPL.licence),
          `${part}: ${licence}`,
        );
        if (licence !== 'Unlicense') assert.match(words, /copyright|permission/i, part);
      }
    });
  });
}

/** The files of an image, by their paths from its root. */
function open(dockerfile: string, name: string) {
  const archive = imageArchive(dockerfile, name);
  const [{ Layers: layers }] = JSON.parse(command('tar', ['xOf', archive, 'manifest.json'])) as { Layers: string[] }[];
  const inLayers = (script: string, path = '') =>
    layers
      .map((layer) => command('sh', ['-c', `tar xOf "$1" "$2" | ${script}`, 'sh', archive, layer, path]))
      .join('\n');
  const files = inLayers('tar t')
    .split('\n')
    .filter((path) => path !== '' && !path.endsWith('/'));
  return {
    files,
    read: (path: string) => inLayers('tar xO "$3" 2>/dev/null || true', path),
  };
}
