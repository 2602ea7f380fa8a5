// cli/migrate: the command `migrate`: KubeXray's settings in, manifests out. No secret goes to a terminal unless asked for.
import { parse } from 'yaml';
import type { Command, Given } from '../command.js';
import { type ExitCode, Trouble } from '../exit-code.js';
import { usage } from '../given.js';
import type { World } from '../world.js';
import { yamlText } from '../yaml-text.js';
import { PLACEHOLDER, translate } from './translate.js';
import { readValues, type Values } from './values.js';
import { readXrayConfig, type XrayConfig } from './xray-config.js';

export const migrateCommand: Command = {
  name: 'migrate',
  summary: "translate the settings of JFrog's KubeXray into policies and a connection",
  usage: 'migrate -f values.yaml [--xray-config xray_config.yaml] [OPTIONS]',
  maxArguments: 0,
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'FILE',
      help: 'the Helm values of the chart kubexray; - for the standard input',
    },
    {
      name: 'xray-config',
      value: 'FILE',
      help: 'xray_config.yaml (default: xrayConfig of the values, if it is there)',
    },
    {
      name: 'denied-license',
      value: 'NAME',
      many: true,
      help: 'a license to deny, as in AGPL-3.0-*; KubeXray had no list',
    },
    {
      name: 'mode',
      value: 'MODE',
      choices: ['Enforce', 'Audit'],
      help: 'the mode of the policies (default: Enforce, as KubeXray did)',
    },
    { name: 'namespace', short: 'n', value: 'NAME', help: "the operator's namespace (default: kubexray-system)" },
    {
      name: 'to-file',
      value: 'FILE',
      help: 'write to this new file, with the secrets in it, for your eyes only (mode 600)',
    },
    { name: 'show-secrets', help: 'print the secrets, too' },
  ],
  details: `Secrets are printed as ${PLACEHOLDER} unless --to-file or --show-secrets is given. Whatever has no exact counterpart has a comment.`,
  run: async (given, world) => runMigrate(given, world),
};

async function runMigrate(given: Given, world: World): Promise<ExitCode> {
  const path = given.text('filename');
  if (path === undefined) throw usage(migrateCommand, '--filename is missing');
  const values = readValues(parsedValues(await oneFile(path, world), path));
  const target = given.text('to-file');
  const text = yamlText(
    translate({
      values,
      xrayConfig: await xrayConfigOf(values, given, world),
      namespace: given.text('namespace') ?? 'kubexray-system',
      mode: given.text('mode') === 'Audit' ? 'Audit' : 'Enforce',
      deniedLicenses: given.all('denied-license'),
      showSecrets: target !== undefined || given.has('show-secrets'),
    }),
  );
  if (target === undefined) world.out.write(text);
  else {
    await world.files.writePrivate(target, text);
    world.out.write(`${target} is written; it holds secrets. Read its comments, then: kubectl apply -f ${target}\n`);
  }
  return 0;
}

async function xrayConfigOf(values: Values, given: Given, world: World): Promise<XrayConfig | undefined> {
  const path = given.text('xray-config');
  if (path !== undefined) return readXrayConfig(await oneFile(path, world), path);
  return values.xrayConfig === undefined
    ? undefined
    : readXrayConfig(values.xrayConfig, 'xrayConfig of the values (decoded from base64)');
}

async function oneFile(path: string, world: World): Promise<string> {
  const [file, another] = await world.files.read(path);
  if (file === undefined || another !== undefined) throw new Trouble(`${path} must be one file`);
  return file.text;
}

function parsedValues(text: string, path: string): unknown {
  try {
    const json: unknown = parse(text);
    return json ?? {}; // the chart's defaults
  } catch {
    throw new Trouble(`${path} is no YAML`); // what the parser says may quote a secret
  }
}
