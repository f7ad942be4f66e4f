import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBaseImages } from './base-images.ts';
import { buildah, command } from './command.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Of Debian, where it is called otherwise. */
const PACKAGES: Record<string, string> = { 'systemd-analyze': 'systemd', 'dpkg-deb': 'dpkg' };

/** Why images can't be built here, or `tools` run; false when they can. On CI they must be. */
export function unableToBuild(...tools: readonly string[]): string | false {
  if (process.env.CI) return false;
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root, for chroot and mounts';
  for (const tool of ['buildah', 'mmdebstrap', ...tools]) {
    try {
      command(tool, ['--version']);
    } catch {
      return `needs ${tool}: apt-get install ${PACKAGES[tool] ?? tool}`;
    }
  }
  return false;
}

/**
 * Builds one of our Dockerfiles, unchanged, as `tag` into buildah's store. npm inside the build uses the registry and
 * the certificate authorities that npm uses on this machine; neither gets into the image. Throws with the build's
 * output when it fails.
 */
export function buildImage(dockerfile: string, tag: string): void {
  ensureBaseImages();
  const scratch = mkdtempSync(join(tmpdir(), 'netflow2traces-build-'));
  try {
    const volumes = npmConfiguration(scratch).flatMap(([host, inside]) => ['--volume', `${host}:${inside}:ro`]);
    const options = ['--isolation', 'chroot', '--pull-never', '--quiet', ...volumes];
    buildah('build', ...options, '--file', join(ROOT, dockerfile), '--tag', tag, ROOT);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Files to show to the build, and where it finds them. */
function npmConfiguration(scratch: string): [host: string, inside: string][] {
  const get = (key: string) => command('npm', ['config', 'get', key]);
  const authorities = [get('cafile'), process.env.NODE_EXTRA_CA_CERTS].find((file) => file && existsSync(file));
  const lines = [`registry=${get('registry')}`, 'fund=false', 'audit=false', 'update-notifier=false'];
  if (authorities) lines.push('cafile=/run/build-authorities.pem');
  const npmrc = join(scratch, 'npmrc');
  writeFileSync(npmrc, `${lines.join('\n')}\n`);
  return [
    [npmrc, '/usr/local/etc/npmrc'],
    ...(authorities ? [[authorities, '/run/build-authorities.pem'] as [string, string]] : []),
  ];
}
