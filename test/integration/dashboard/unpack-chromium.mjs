/**
 * Unpacks the Chromium that a package brings along into TMPDIR, as a process of its own: where to unpack is the package's
 * decision, and it decides by TMPDIR.
 */
import chromium, { inflate } from '@sparticuz/chromium';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

await chromium.executablePath();
// Libraries that a small machine may lack; they are used only where it does.
const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
await inflate(join(dirname(dirname(entry)), 'bin', 'al2023.tar.br'));

// The package's own configuration looks for its fonts in /tmp, and a form without any font ends Chromium.
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;
await writeFile(join(tmpdir(), 'fonts', 'fonts.conf'), fonts);
