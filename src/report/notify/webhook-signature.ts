// report: the headers by which a receiver tells that a message is ours and new (Standard Webhooks 1.0). Pure.
import { createHmac } from 'node:crypto';

/** @param key base64, with `whsec_` before it or without */
export function signatureHeaders(id: string, body: string, key: string, now: Date): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const secret = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
