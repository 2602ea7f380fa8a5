// The form of messages: grouped, bounded, escaped, with an id that is the same for the same news; and where they may go.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allowedHosts } from '../../../../src/report/notify/notification-hosts.js';
import { type Group, notification, type WorkloadNews } from '../../../../src/report/notify/notification.js';
import { signatureHeaders } from '../../../../src/report/notify/webhook-signature.js';
import { now } from '../../../builders/builders.js';

const at = now.toISOString();

const aNews = (differs: Partial<WorkloadNews> = {}): WorkloadNews => ({
  event: 'Enforced',
  message: 'why',
  at,
  action: 'ScaledDown',
  violations: ['CVE-2026-1'],
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  uid: 'uid-web',
  ...differs,
});

const aGroup = (news: readonly WorkloadNews[]): Group => ({
  event: 'Enforced',
  policyKind: 'XrayPolicy',
  policy: 'shop/base',
  news,
});

const many = (count: number): readonly WorkloadNews[] =>
  Array.from({ length: count }, (_, i) => aNews({ name: `web-${i}`, uid: `uid-${i}` }));

test('for Slack', () => {
  const { contentType, body } = notification(aGroup([aNews()]), 'Slack', 'r', now);
  expect(contentType).toBe('application/json');
  expect(JSON.parse(body)).toEqual({
    text: '1 workload was stopped, deleted or rolled back (XrayPolicy shop/base)',
    blocks: [
      {
        type: 'section',
        text: {
          ...{ type: 'mrkdwn', verbatim: true },
          text: '*1 workload was stopped, deleted or rolled back (XrayPolicy shop/base)*',
        },
      },
      {
        type: 'section',
        text: { type: 'mrkdwn', verbatim: true, text: '• Deployment shop/web: ScaledDown (CVE-2026-1)' },
      },
    ],
  });
});

test('fifty are one message with a list that ends', () => {
  const { body } = notification(aGroup(many(50)), 'Slack', 'r', now);
  expect(body).toContain('50 workloads were stopped');
  expect(body).toContain('and 30 more');
});

test('as a CloudEvent', () => {
  const { contentType, body, id } = notification(aGroup(many(150)), 'CloudEvents', 'r', now);
  expect(contentType).toBe('application/cloudevents+json');
  expect(JSON.parse(body)).toMatchObject({
    specversion: '1.0',
    id,
    source: '/kubexray.io/XrayPolicy/shop/base',
    type: 'io.kubexray.workloads.enforced.v1',
    subject: 'shop/base',
    time: at,
    datacontenttype: 'application/json',
    data: { event: 'Enforced', policy: { kind: 'XrayPolicy', name: 'shop/base' }, count: 150, omitted: 50 },
  });
});

test('whatever texts say, Slack gets no sign of its own, and never more than a section takes', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 900 }), { maxLength: 60 }), (violations) => {
      const news = violations.map((id, i) => aNews({ violations: [id, '<!channel> & <http://x|y>'], uid: String(i) }));
      const { body } = notification(aGroup([aNews(), ...news]), 'Slack', 'r', now);
      expect(body).not.toMatch(/<|>|&(?!amp;|lt;|gt;)/);
      // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- made above
      const { blocks } = JSON.parse(body) as { blocks: readonly { text: { text: string } }[] };
      for (const { text } of blocks) expect(text.text.length).toBeLessThanOrEqual(3_000);
    }),
  );
});

test('the id is the same for the same news in any order and at any time, and another for others', () => {
  const id = (news: readonly WorkloadNews[], receiver = 'r', time = now): string =>
    notification(aGroup(news), 'CloudEvents', receiver, time).id;
  const news = many(5);
  expect(id(news.toReversed(), 'r', new Date(0))).toBe(id(news));
  expect(new Set([id(news), id(many(4)), id(news, 'other'), id([...many(4), aNews()])]).size).toBe(4);
});

// The example of the specification (Standard Webhooks, "Verifying webhook authenticity"): same input, same signature for everybody.
test('a signature is that of the standard', () => {
  const headers = signatureHeaders(
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '{"test": 2432232314}',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    new Date(1_614_265_330_000),
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

describe('where messages may go', () => {
  const isAllowed = allowedHosts(['hooks.slack.com', '*.example.com:8443', 'http://receiver.monitoring.svc']);
  test.each([
    ['https://hooks.slack.com/services/x', true],
    ['https://HOOKS.slack.com./services/x', false],
    ['http://hooks.slack.com/services/x', false],
    ['https://hooks.slack.com:8443/', false],
    ['https://hooks.slack.com.evil.example/', false],
    ['https://hooks.slack.com@169.254.169.254/', false],
    ['https://a.example.com:8443/', true],
    ['https://a.b.example.com:8443/', true],
    ['https://example.com:8443/', false],
    ['https://evilexample.com:8443/', false],
    ['http://receiver.monitoring.svc/', true],
    ['http://receiver.monitoring.svc:80/', true],
    ['https://receiver.monitoring.svc/', false],
    ['http://169.254.169.254/', false],
    ['file:///etc/passwd', false],
  ])('%s: %s', (url, allowed) => {
    expect(isAllowed(new URL(url))).toBe(allowed);
  });

  test('nowhere, unless told otherwise', () => {
    expect(allowedHosts([])(new URL('https://hooks.slack.com/'))).toBe(false);
  });

  test.each(['*', 'https://', 'a b', 'ftp://x', 'x/y', 'x:port', '*.'])('"%s" is refused', (entry) => {
    expect(() => allowedHosts([entry])).toThrow(`not "${entry}"`);
  });
});
