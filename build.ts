/**
 * Bundles each program into one file under dist/, with only what it uses of its dependencies. A program's worker
 * threads run the same file. What the operator loads only in some places is in files of their own, in a folder beside
 * it.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = import.meta.dirname;
const OUT = join(ROOT, 'dist');
const PROGRAMS = {
  collector: { entry: 'collector/main.ts', splitting: false },
  operator: { entry: 'operator/main.ts', splitting: true },
};

/** package.json is imported for the version; nothing else of it goes into a bundle. */
const versionOnly: Plugin = {
  name: 'version-only',
  setup({ onLoad }) {
    onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== join(ROOT, 'package.json')) return undefined;
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

rmSync(OUT, { recursive: true, force: true });
for (const [name, { entry, splitting }] of Object.entries(PROGRAMS)) {
  if (!existsSync(join(ROOT, entry))) continue;
  const { metafile } = await build({
    entryPoints: { [name]: join(ROOT, entry) },
    outdir: OUT,
    chunkNames: `${name}/[name]-[hash]`,
    bundle: true,
    splitting,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Names are kept: stack traces stay readable.
    minifySyntax: true,
    minifyWhitespace: true,
    // Of a dependency that is published both ways, the ES modules: only what is used of them is bundled.
    mainFields: ['module', 'main'],
    legalComments: 'none',
    metafile: true,
    // CommonJS dependencies call require for the modules of Node.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    plugins: [versionOnly],
    logLevel: 'warning',
  });
  writeFileSync(join(OUT, `${name}.licenses.txt`), licenses(Object.keys(metafile.inputs)));
  for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
    escapeOthers(path);
    console.log(`${relative(ROOT, path)}  ${Math.round(bytes / 1024)} KiB`);
  }
}

/**
 * Regular expressions are where esbuild leaves characters beyond ASCII. For the sake of one, V8 would keep the whole
 * source in two bytes a character, in each thread.
 */
function escapeOthers(path: string): void {
  const source = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/**
 * The licences of what others made of `inputs`, paths from the root: of packages, and of what a folder of ours has of
 * theirs, by the file licenses.txt in it.
 */
function licenses(inputs: readonly string[]): string {
  const files = [...new Set(inputs.map((path) => join(ROOT, dirname(path), 'licenses.txt')))].filter(existsSync);
  const packages = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const ofPackages = [...packages].sort().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Record<string, string>;
    const file = readdirSync(join(ROOT, folder)).find((name) => /^licen[cs]e/i.test(name));
    const text = file
      ? readFileSync(join(ROOT, folder, file), 'utf8').trim()
      : 'It comes without a text of its licence.';
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`;
  });
  return [...ofPackages, ...files.map((file) => readFileSync(file, 'utf8'))].join(`\n${'-'.repeat(80)}\n\n`);
}
