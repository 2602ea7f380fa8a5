// Asks the API server what it would say to an object, without keeping it: thousands of questions in one process and over a few
// connections, where kubectl would be started for each.
import { KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'undici';

export interface Cause {
  readonly field?: string;
  readonly message?: string;
  readonly reason?: string;
}

export interface Answer {
  readonly status: number;
  readonly message: string;
  readonly causes: readonly Cause[];
  /** What it would keep, with all defaults; only where it is accepted. */
  readonly object?: unknown;
}

export interface DryRun {
  create(plural: string, object: { readonly metadata: { readonly namespace?: string } }): Promise<Answer>;
  close(): Promise<void>;
}

interface StatusBody {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
}

export function openDryRun(connections = 16): DryRun {
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  const token = config.getCurrentUser()?.token;
  if (cluster?.caData === undefined || token === undefined)
    throw new Error('these tests need a token and a certificate authority');
  const agent = new Agent({ connections, connect: { ca: Buffer.from(cluster.caData, 'base64').toString('utf8') } });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return {
    create: async (plural, object) => {
      const { namespace } = object.metadata;
      const within = namespace === undefined ? '' : `namespaces/${namespace}/`;
      const { statusCode, body } = await agent.request({
        origin: cluster.server,
        path: `/apis/kubexray.io/v1alpha1/${within}${plural}?dryRun=All&fieldValidation=Strict`,
        method: 'POST',
        headers,
        body: JSON.stringify(object),
      });
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- the API server's own Status
      const said = (await body.json()) as StatusBody;
      const { message = '', details } = said;
      return {
        status: statusCode,
        message,
        causes: details?.causes ?? [],
        ...(statusCode < 300 ? { object: said } : {}),
      };
    },
    close: async () => agent.close(),
  };
}
