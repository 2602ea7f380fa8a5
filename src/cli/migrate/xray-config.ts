// cli/migrate: what KubeXray's xray_config.yaml says (jfrog/kubexray, cmd/kubexray/handler.go, getXrayConfig). Pure.
import { parse } from 'yaml';
import { Trouble } from '../exit-code.js';
import { textAt } from '../field.js';

export interface XrayConfig {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Xray sends it in X-Auth-Token. */
  readonly webhookToken: string | undefined;
  readonly hasSlack: boolean;
}

/** @param where for messages @throws Trouble where KubeXray could not have used it; never with a value from it */
export function readXrayConfig(text: string, where: string): XrayConfig {
  const json = parsed(text, where);
  const [url, user, password] = [textAt(json, 'url'), textAt(json, 'user'), textAt(json, 'password')];
  const missing = Object.entries({ url, user, password }).find(([, value]) => value === '')?.[0];
  if (missing !== undefined)
    throw new Trouble(`${where} has no ${missing}; KubeXray needs url, user and password there`);
  if (!URL.canParse(url) || !/^https?:/u.test(url) || /[@?#]/u.test(url))
    throw new Trouble(
      `the url in ${where} must be http or https, without user, "?" or "#", as in https://acme.jfrog.io`,
    );
  const webhookToken = textAt(json, 'xrayWebhookToken');
  return {
    ...{ url, user, password },
    webhookToken: webhookToken === '' ? undefined : webhookToken,
    hasSlack: textAt(json, 'slackWebhookUrl') !== '',
  };
}

function parsed(text: string, where: string): unknown {
  try {
    const json: unknown = parse(text, { schema: 'failsafe' }); // every scalar is text: a password may look like a number
    return json;
  } catch {
    throw new Trouble(`${where} is no YAML`); // what the parser says may quote a password
  }
}
