// xray-simulator: what it knows from the start, from a JSON file: { "images": { "nginx:1.27" or "sha256:…": { "issues": […] } } }.
import { readFile } from 'node:fs/promises';
import { digestOf } from '../cluster/digest.js';
import { ArtifactDto, shaped } from './admin.dto.js';
import { parseJson } from './wire.js';

/** @throws Error that names the file, the image and the field */
export async function plantSeed(
  file: string,
  catalog: { put(digest: string, artifact: ArtifactDto): void },
): Promise<void> {
  const json = parseJson(await readFile(file, 'utf8'));
  if (typeof json !== 'object' || json === null || !('images' in json)) throw new Error(`${file} has no "images"`);
  for (const [image, artifact] of Object.entries(json.images ?? {}))
    try {
      catalog.put(image.startsWith('sha256:') ? image : digestOf(image), shaped(ArtifactDto, artifact));
    } catch (error) {
      throw new Error(`${file}: images[${image}]: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
}
