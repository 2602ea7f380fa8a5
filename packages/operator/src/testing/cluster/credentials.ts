/** Who may speak to the local API server: one token and one kubeconfig for each of its users, made without network. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface User {
  readonly name: string;
  readonly token: string;
  readonly kubeconfigPath: string;
}

export interface Credentials {
  readonly admin: User;
  readonly controllerManager: User;
  readonly scheduler: User;
  readonly kwok: User;
  /** For `--token-auth-file`. */
  readonly tokenFile: string;
  /** For `--client-ca-file`. */
  readonly clientAuthoritiesFile: string | undefined;
  /** Signs the tokens of service accounts, and verifies them. */
  readonly serviceAccountKey: string;
}

const ONLY_OURS = { mode: 0o600 };

/** @param clientAuthorities in PEM; empty: no client certificate is accepted */
export async function makeCredentials(directory: string, clientAuthorities: string): Promise<Credentials> {
  const user = (name: string): User => ({
    name,
    token: randomBytes(24).toString('base64url'),
    kubeconfigPath: join(directory, `${name.replace('system:', '')}.kubeconfig`),
  });
  const admin = user('admin');
  const kwok = user('kwok');
  // The API server knows these two names and gives them the rights they need.
  const controllerManager = user('system:kube-controller-manager');
  const scheduler = user('system:kube-scheduler');

  const tokenFile = join(directory, 'tokens.csv');
  const lines = [admin, kwok, controllerManager, scheduler].map(({ token, name }) => {
    const groups = name.startsWith('system:') ? '' : ',system:masters';
    return `${token},${name},${name}${groups}\n`;
  });
  await writeFile(tokenFile, lines.join(''), ONLY_OURS);

  const clientAuthoritiesFile = clientAuthorities === '' ? undefined : join(directory, 'client-authorities.crt');
  if (clientAuthoritiesFile !== undefined) await writeFile(clientAuthoritiesFile, clientAuthorities);

  const serviceAccountKey = join(directory, 'service-accounts.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }), ONLY_OURS);
  return { admin, controllerManager, scheduler, kwok, tokenFile, clientAuthoritiesFile, serviceAccountKey };
}

/** Writes each user's kubeconfig, once the API server has made its certificate. */
export async function writeKubeconfigs(
  { admin, controllerManager, scheduler, kwok }: Credentials,
  server: string,
  certificateAuthority: string,
): Promise<void> {
  for (const { name, token, kubeconfigPath } of [admin, controllerManager, scheduler, kwok]) {
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') },
        },
      ],
      users: [{ name, user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
      'current-context': 'test',
    };
    await writeFile(kubeconfigPath, stringify(kubeconfig), ONLY_OURS);
  }
}
