// webhook: the certificate of the server, as the kubelet puts a Secret of type kubernetes.io/tls into a folder: `tls.crt`, `tls.key`.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Certificate } from './bounded-server.js';

export interface UsableCertificate extends Certificate {
  readonly validTo: Date;
}

/** What is wrong is said without what was read: OpenSSL may quote a key. */
export class CertificateNotUsable extends Error {
  override readonly name = 'CertificateNotUsable';
}

/**
 * Both files are read, one after the other: where they were replaced in between they do not go together, and are read again with
 * the next look.
 *
 * @throws CertificateNotUsable
 */
export async function readCertificate(directory: string): Promise<UsableCertificate> {
  const [cert, key] = [await textOf(directory, 'tls.crt'), await textOf(directory, 'tls.key')];
  try {
    createSecureContext({ cert, key });
    return { cert, key, validTo: new X509Certificate(cert).validToDate };
  } catch {
    throw new CertificateNotUsable(`tls.crt and tls.key in ${directory} cannot be used together`);
  }
}

async function textOf(directory: string, name: string): Promise<string> {
  try {
    return await readFile(join(directory, name), 'utf8');
  } catch (cause) {
    throw new CertificateNotUsable(`${join(directory, name)} cannot be read; is the Secret mounted?`, { cause });
  }
}
