import { X509Certificate } from 'node:crypto';

/** The certificates of a text in PEM, in its order; none is not an error. Throws Node's when one can't be read. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.split(/(?=-----BEGIN CERTIFICATE-----)/).filter((block) => block.startsWith('-----BEGIN'));
  return blocks.map((block) => new X509Certificate(block));
}
