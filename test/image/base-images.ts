/**
 * The base images that our Dockerfiles start FROM, made without a registry: Debian by mmdebstrap, Node from its npm
 * package. They go into buildah's store under their usual names, so that the Dockerfiles build unchanged. Archives are
 * kept in the user's cache, by version. For tests only.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildah, command } from './command.ts';

const DEBIAN = 'docker.io/library/debian:bookworm-slim';
const NODE = 'docker.io/library/node:24-bookworm-slim';
const NPM_VERSION = '11.21.2';
/** The Node that the tests run with is the one that the image gets. */
const NODE_VERSION = process.versions.node;
const DEBIAN_SUITE = 'bookworm';
/** Counts up when it is made in another way. */
const DEBIAN_VERSION = `${DEBIAN_SUITE}-2`;

/** Where archives of images are kept. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'netflow2traces', 'images');
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Makes what is missing of the base images; takes seconds when the archives are cached, else about a minute. */
export function ensureBaseImages(): void {
  mkdirSync(CACHE, { recursive: true });
  ensure(
    DEBIAN,
    DEBIAN_VERSION,
    join(CACHE, `debian-${DEBIAN_VERSION}-${process.arch}.tar`),
    makeDebian,
    (container) => {
      buildah('config', '--env', `PATH=${PATH}`, '--cmd', 'bash', container);
    },
  );
  const nodeArchive = join(CACHE, `node-${NODE_VERSION}-npm-${NPM_VERSION}-${process.arch}.tar`);
  ensure(NODE, `${DEBIAN_VERSION}/${NODE_VERSION}/${NPM_VERSION}`, nodeArchive, makeNode, (container) => {
    buildah('config', '--env', `NODE_VERSION=${NODE_VERSION}`, '--cmd', 'node', container);
  });
}

/** Makes `image` of `archive` unless the store has it, made of the same `version`. */
function ensure(
  image: string,
  version: string,
  archive: string,
  makeArchive: (file: string, scratch: string) => void,
  configure: (container: string) => void,
): void {
  const label = 'netflow2traces.test.version';
  const store = JSON.parse(buildah('images', '--json', '--filter', `label=${label}=${version}`)) as {
    names?: string[];
  }[];
  if (store?.some(({ names }) => names?.includes(image))) return;

  if (!existsSync(archive)) {
    const scratch = mkdtempSync(join(tmpdir(), 'netflow2traces-image-'));
    try {
      makeArchive(`${archive}.part`, scratch);
      renameSync(`${archive}.part`, archive);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const container = buildah('from', '--pull-never', image === DEBIAN ? 'scratch' : DEBIAN);
  try {
    buildah('add', '--quiet', container, archive, '/');
    configure(container);
    buildah('config', '--label', `${label}=${version}`, container);
    buildah('commit', '--quiet', container, image);
  } finally {
    buildah('rm', container);
  }
}

function makeDebian(file: string): void {
  // As the official image has it: no documents but licences.
  const without = ['man', 'doc', 'locale'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);
  const licences = '--dpkgopt=path-include=/usr/share/doc/*/copyright';
  command('mmdebstrap', ['--quiet', '--variant=minbase', '--format=tar', ...without, licences, DEBIAN_SUITE, file]);
}

function makeNode(file: string, scratch: string): void {
  const nodePackage = `node-linux-${process.arch}`;
  command('npm', ['pack', '--silent', `${nodePackage}@${NODE_VERSION}`, `npm@${NPM_VERSION}`], { cwd: scratch });
  const local = join(scratch, 'root/usr/local');
  const npm = join(local, 'lib/node_modules/npm');
  mkdirSync(npm, { recursive: true });
  const unpack = (archive: string, to: string, ...only: string[]) =>
    command('tar', ['xzf', join(scratch, archive), '--strip-components=1', '-C', to, ...only]);
  unpack(`${nodePackage}-${NODE_VERSION}.tgz`, local, 'package/bin/node', 'package/LICENSE');
  unpack(`npm-${NPM_VERSION}.tgz`, npm);
  for (const name of ['npm', 'npx']) {
    chmodSync(join(npm, `bin/${name}-cli.js`), 0o755);
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  }
  command('tar', ['cf', file, '--owner=0', '--group=0', '-C', join(scratch, 'root'), '.']);
}
