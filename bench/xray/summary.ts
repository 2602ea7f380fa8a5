// bench: how long reading a summary of 50 MB keeps the process from anything else. `node scripts/run-ts.mjs bench/xray/summary.ts`
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { systemClock } from '@dot-kube/operator';
import { XrayClient } from '../../src/scan/xray/xray-client.js';
import { parseDigest } from '../../src/workload/digest.js';

const ISSUES = 10_500;
const sha256 = 'a'.repeat(64);

function issue(at: number): object {
  return {
    issue_id: `XRAY-${at}`,
    summary: 'SM2 decryption in OpenSSL can overflow a buffer',
    description: 'The buffer size that is computed before decryption can be too small. '.repeat(40),
    issue_type: 'security',
    severity: 'Critical',
    cves: [{ cve: `CVE-2021-${at}`, cvss_v3: '9.8/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    impact_path: Array.from({ length: 10 }, (_, k) => `default/docker-local/shop/cart/1/sha256__${sha256}.tar.gz/${k}`),
    components: [{ component_id: `alpine://3.12:openssl:${at}`, fixed_versions: ['1.1.1l-r0'] }],
  };
}

/** In a process of its own: its writing must not count as our reading. */
function serve(): void {
  const general = { component_id: 'shop/cart:1', path: 'default/docker-local/shop/cart/1/', sha256 };
  const issues = Array.from({ length: ISSUES }, (_, at) => issue(at));
  const body = Buffer.from(JSON.stringify({ artifacts: [{ general, issues }] }));
  const server = createServer((request, response) => {
    response.end(request.url?.endsWith('/ping') === true ? '{"status":"pong"}' : body);
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.(`${typeof address === 'object' && address !== null ? address.port : 0} ${body.length}`);
  });
}

async function measure(): Promise<void> {
  const child = fork('scripts/run-ts.mjs', ['bench/xray/summary.ts', 'serve']);
  const said: readonly unknown[] = await once(child, 'message');
  const [port = 0, bytes = 0] = String(said[0]).split(' ').map(Number);
  const digest = parseDigest(sha256);
  if (!digest.ok) throw new Error(digest.why);
  const options = { timeoutMs: 60_000, requestsPerSecond: 100, burst: 100, concurrency: 4 };
  const client = new XrayClient(
    { url: `http://127.0.0.1:${port}`, credentials: { kind: 'accessToken', token: 'x' }, ...options },
    { clock: systemClock, random: Math.random },
  );
  const never = new AbortController().signal;
  for (let round = 0; round < 5; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const began = performance.now();
    const found = await client.summaries([digest.digest], never);
    const tookMs = performance.now() - began;
    delay.disable();
    const kept = JSON.stringify(found.get(digest.digest)).length;
    process.stdout.write(
      `${(bytes / 1e6).toFixed(1)} MB, ${ISSUES} issues: ${tookMs.toFixed(0)} ms, longest pause ${(delay.max / 1e6).toFixed(1)} ms, ` +
        `p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, kept ${(kept / 1e6).toFixed(1)} MB\n`,
    );
  }
  await client.close();
  child.kill();
}

if (process.argv[2] === 'serve') serve();
else await measure();
