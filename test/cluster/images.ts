/** Images for the nodes: made of single programs, and brought in from archives. No registry is asked. */
import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { saveImage } from '../image/archive.ts';
import { buildah } from '../image/command.ts';
import type { Node } from './layout.ts';

/** The image that `archiveProgram` makes of a program. */
export const programImage = (program: string): string => `localhost/netflow2traces-${basename(program)}:test`;

/** Writes an archive of an image with nothing in it but this statically linked program. */
export function archiveProgram(program: string, archive: string): void {
  const image = programImage(program);
  const container = buildah('from', 'scratch');
  try {
    buildah('add', '--quiet', container, program, '/');
    buildah('config', '--entrypoint', JSON.stringify([`/${basename(program)}`]), container);
    buildah('commit', '--quiet', container, image);
  } finally {
    buildah('rm', container);
  }
  saveImage(image, image, archive);
  buildah('rmi', image);
}

/** Where a node's containerd listens; outside of the node, too. */
export const containerdSocket = (node: Node): string => join(node.folder, 'containerd.sock');

/** Runs containerd's client on a node, with what pods see: images and containers of the kubelet. */
export async function ctr(node: Node, ...args: string[]): Promise<void> {
  await promisify(execFile)('ctr', ['--address', containerdSocket(node), '--namespace', 'k8s.io', ...args]);
}

/** Brings the images of an archive, of OCI's or Docker's format, onto each of the nodes. */
export async function importImages(nodes: readonly Node[], archive: string): Promise<void> {
  await Promise.all(nodes.map((node) => ctr(node, 'images', 'import', archive)));
}
