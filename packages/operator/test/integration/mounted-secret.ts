// A Secret of type kubernetes.io/tls as the kubelet mounts it: `..data` is a link to a folder, and is swapped for another in one step.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from './fronts.js';

export interface MountedSecret {
  readonly directory: string;
  replace(certificate: Certificate): Promise<void>;
  remove(): Promise<void>;
}

export async function mountSecret(certificate: Certificate): Promise<MountedSecret> {
  const directory = await mkdtemp(join(tmpdir(), 'dot-kube-web-hooks-'));
  let version = 0;
  const replace = async ({ cert, key }: Certificate): Promise<void> => {
    const [former, folder] = [`..${version}`, `..${++version}`];
    await mkdir(join(directory, folder));
    await writeFile(join(directory, folder, 'tls.crt'), cert);
    await writeFile(join(directory, folder, 'tls.key'), key);
    await symlink(folder, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    await rm(join(directory, former), { recursive: true, force: true });
  };
  await replace(certificate);
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(directory, name));
  return { directory, replace, remove: async () => rm(directory, { recursive: true }) };
}
