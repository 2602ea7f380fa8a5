// Prints the top of profiles as text: `node scripts/run-ts.mjs bench/operator/read-profile.ts FILE…`, of whatever program they are.
import { profileText } from './profile-text.js';

for (const file of process.argv.slice(2)) process.stdout.write(`${file}\n${await profileText(file)}\n`);
