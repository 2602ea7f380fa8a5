/** What kwok is told. Its stages in one text: those of kwok/*-stages.yaml, each template with the definition of imageID. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ASSETS_DIRECTORY } from './pinned.js';

export const KWOK_DIRECTORY = join(ASSETS_DIRECTORY, 'kwok');
const OWN_ANNOTATIONS = 'test.dot-kube.dev/';
const TEMPLATE = ['spec', 'steps', 0, 'patch', 'template'];
const USES_IMAGE_ID = '{{ template "imageID"';

/**
 * kwok parses each template alone, so a template that uses the definition has to hold it.
 *
 * @param annotations the prefix of the annotations by which a test tells how its pods behave
 */
export async function kwokStages(annotations: string): Promise<string> {
  const imageId = await readFile(join(KWOK_DIRECTORY, 'image-id.tpl'), 'utf8');
  const stages: string[] = [];
  for (const file of ['node-stages.yaml', 'pod-stages.yaml']) {
    for (const stage of parseAllDocuments(await readFile(join(KWOK_DIRECTORY, file), 'utf8'))) {
      const template: unknown = stage.getIn(TEMPLATE);
      if (typeof template === 'string' && template.includes(USES_IMAGE_ID)) {
        stage.setIn(TEMPLATE, `${imageId.trimEnd()}\n${template}`);
      }
      stages.push(stage.toString({ lineWidth: 0 }));
    }
  }
  return stages.join('---\n').replaceAll(OWN_ANNOTATIONS, `${annotations}/`);
}

/** The same for kwok on this machine and in a container. */
export function kwokArguments(kubeconfigPath: string, stagesPath: string): string[] {
  return [
    `--kubeconfig=${kubeconfigPath}`,
    `--config=${stagesPath}`,
    '--manage-all-nodes',
    '--node-lease-duration-seconds=200',
    '--node-ip=192.0.2.1', // of the addresses for documentation: no node is there
  ];
}
