// report: news of many workloads → one message, as Slack takes it or as a CloudEvent. A change that reaches fifty workloads is
// one message with a list that ends. Pure.
import { createHash } from 'node:crypto';
import type { NotifyEvent, NotifyFormat } from '../../api/v1alpha1/types.js';
import type { News, PolicyOfNews } from './news.js';

export interface WorkloadNews extends News {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of the workload. */
  readonly uid: string;
}

export interface Notification {
  /** The same for the same news, so that who got it twice can tell. */
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
}

const LISTED_IN_SLACK = 20; // a section takes 3000 characters
const LISTED_IN_EVENT = 100;
const MAX_TEXT = 2_900;

export interface Group extends PolicyOfNews {
  readonly event: NotifyEvent;
  /** All of this event; not empty. */
  readonly news: readonly WorkloadNews[];
}

export function notification(group: Group, format: NotifyFormat, receiver: string, now: Date): Notification {
  const id = idOf(group, receiver);
  switch (format) {
    case 'Slack':
      return { id, contentType: 'application/json', body: JSON.stringify(slackBody(group)) };
    case 'CloudEvents':
      return { id, contentType: 'application/cloudevents+json', body: JSON.stringify(cloudEvent(group, id, now)) };
  }
}

function idOf({ event, news }: Group, receiver: string): string {
  const parts = news.map(({ namespace, uid, at, action }) => [namespace, uid, at, action].join(' ')).sort();
  return createHash('sha256')
    .update(JSON.stringify([receiver, event, parts]))
    .digest('hex')
    .slice(0, 32);
}

const TITLES: Readonly<Record<NotifyEvent, string>> = {
  Violating: 'breaks a rule',
  Held: 'is due to be stopped, and held back',
  Enforced: 'was stopped, deleted or rolled back',
  Restored: 'is no longer stopped',
  Resolved: 'breaks no rule any more',
};

const TITLES_OF_MANY: Readonly<Record<NotifyEvent, string>> = {
  Violating: 'break a rule',
  Held: 'are due to be stopped, and held back',
  Enforced: 'were stopped, deleted or rolled back',
  Restored: 'are no longer stopped',
  Resolved: 'break no rule any more',
};

function titleOf({ event, news, policyKind, policy }: Group): string {
  const what = news.length === 1 ? `1 workload ${TITLES[event]}` : `${news.length} workloads ${TITLES_OF_MANY[event]}`;
  return `${what} (${policyKind} ${policy})`;
}

function slackBody(group: Group): object {
  const title = escaped(titleOf(group));
  const lines = group.news
    .slice(0, LISTED_IN_SLACK)
    .map(({ kind, namespace, name, action, violations }) =>
      escaped(
        `• ${kind} ${namespace}/${name}: ${action}${violations.length === 0 ? '' : ` (${violations.join(', ')})`}`,
      ),
    );
  const more = group.news.length - lines.length;
  const list = wholeLines(lines);
  const left = more + lines.length - list.length;
  const text = [...list, ...(left > 0 ? [`and ${left} more`] : [])].join('\n');
  return {
    text: title,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', verbatim: true, text: `*${title}*` } },
      { type: 'section', text: { type: 'mrkdwn', verbatim: true, text } },
    ],
  };
}

function wholeLines(lines: readonly string[]): readonly string[] {
  let length = 0;
  return lines.filter((line) => (length += line.length + 1) <= MAX_TEXT);
}

/**
 * Slack's three signs (formatting text for app surfaces); without them, and with `verbatim` (text object), no text is a link
 * or calls a channel.
 */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** CloudEvents 1.0, structured mode. */
function cloudEvent(group: Group, id: string, now: Date): object {
  const { event, policyKind, policy, news } = group;
  return {
    specversion: '1.0',
    id,
    source: `/kubexray.io/${policyKind}/${policy}`,
    type: `io.kubexray.workloads.${event.toLowerCase()}.v1`,
    subject: policy,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data: {
      event,
      policy: { kind: policyKind, name: policy },
      count: news.length,
      workloads: news.slice(0, LISTED_IN_EVENT).map(workloadOf),
      omitted: Math.max(0, news.length - LISTED_IN_EVENT),
    },
  };
}

/** What is the same for all stands once, beside the list. */
function workloadOf(news: WorkloadNews): Omit<WorkloadNews, 'event'> {
  const { apiVersion, kind, namespace, name, uid, action, at, message, violations } = news;
  return { apiVersion, kind, namespace, name, uid, action, at, message, violations };
}
