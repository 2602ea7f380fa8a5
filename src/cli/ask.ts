// cli: asks the user a question, where there is a terminal to ask at.
import { createInterface } from 'node:readline/promises';

/** @returns undefined where nobody is there; a closed input or the signal ends it as an empty answer */
export async function askAt(
  input: NodeJS.ReadStream,
  output: NodeJS.WritableStream,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!input.isTTY) return undefined;
  const lines = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => {
    lines.once('close', () => {
      resolve('');
    });
  });
  try {
    return await Promise.race([lines.question(question, { signal }), closed]);
  } catch {
    return ''; // told to stop
  } finally {
    lines.close();
  }
}
