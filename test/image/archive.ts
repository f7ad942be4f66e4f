import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './base-images.ts';
import { buildImage } from './build.ts';
import { buildah } from './command.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Older archives are kept for this long: a test may be waiting for the cluster to load one. */
const KEPT_MS = 60 * 60_000;

/** Writes an image of buildah's store into an archive that container runtimes import, in which it is called `name`. */
export function saveImage(image: string, name: string, archive: string): void {
  rmSync(archive, { force: true });
  // Docker's format, since buildah compresses OCI's, which takes longer than all the rest.
  buildah('push', '--quiet', image, `docker-archive:${archive}:${name}`);
}

/**
 * The archive of what one of our Dockerfiles builds, called `name` in it. Built again only when what the build reads
 * has changed.
 */
export function imageArchive(dockerfile: string, name: string): string {
  const prefix = `${name.replaceAll(/\W/g, '-')}.`;
  const archive = join(CACHE, `${prefix}${hashOfContext(dockerfile)}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(CACHE, { recursive: true });
  // Names of our own, for tests that run at the same time.
  const image = `localhost/netflow2traces-build:${process.pid}`;
  const part = join(CACHE, `${prefix}${process.pid}.part`);
  buildImage(dockerfile, image);
  try {
    saveImage(image, name, part);
  } finally {
    buildah('rmi', image);
  }
  for (const older of globSync(`${prefix}*.tar`, { cwd: CACHE }).map((file) => join(CACHE, file))) {
    if (statSync(older).mtimeMs < Date.now() - KEPT_MS) rmSync(older, { force: true });
  }
  renameSync(part, archive);
  return archive;
}

/** Of the Dockerfile and what `.dockerignore` leaves for it: all but `*`, so lines with `!` add and others exclude. */
function hashOfContext(dockerfile: string): string {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const added = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const exclude = lines.filter((line) => /^[^!#]/.test(line) && line !== '*');
  const files = globSync([dockerfile, ...added, ...added.map((path) => `${path}/**`)], { cwd: ROOT, exclude });
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const path = join(ROOT, file);
    if (statSync(path).isFile()) hash.update(file).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}
