// api: whom a policy tells of what it did, and what a result remembers to have told.
import { all, Default, Description, ListAtomic, ListMap, ListSet, Nested, NestedList } from '@dot-kube/operator/crd';
import { IsArray, IsIn, IsOptional, Length, Matches, ArrayMaxSize, ArrayMinSize, IsString } from 'class-validator';
import { Described, ObjectName, Text, TextList } from './fields.js';
import { NOTIFY_EVENTS, NOTIFY_FORMATS, type NotifyEvent, type NotifyFormat } from './vocabulary.js';

@Description('A Secret: in the namespace of an XrayPolicy; for a ClusterXrayPolicy in that of the operator.')
export class NotifySecret {
  @Description(
    'The name of the Secret. Its key url holds where messages are sent; signingKey (CloudEvents only) is optional.',
  )
  @ObjectName()
  readonly name!: string;
}

@Description('Somebody who is told of what becomes of workloads by this policy, after it was done.')
export class Notify {
  @Description('A name of your own, by which the condition Notified speaks of it.')
  @IsString()
  @Length(1, 63)
  @Matches(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  readonly name!: string;

  @Description('The Secret with the URL. Its host has to be one of those that the operator may send to.')
  @Nested(() => NotifySecret)
  readonly secretRef!: NotifySecret;

  @Description(
    'Slack: text and blocks, as Slack, Mattermost and others take them. CloudEvents: version 1.0, structured mode, as JSON.',
  )
  @IsIn(NOTIFY_FORMATS)
  @Default('Slack')
  readonly format?: NotifyFormat;

  @Description(
    'Violating: a workload comes to break a rule of the policy. Held: it is due and held back. Enforced: it was stopped or deleted. ' +
      'Restored: the stop has ended. Resolved: it breaks no rule of the policy any more.',
  )
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(5)
  @IsIn(NOTIFY_EVENTS, { each: true })
  @ListSet()
  @Default(['Enforced', 'Held', 'Restored'])
  readonly events?: readonly NotifyEvent[];
}

export function NotifyField(): PropertyDecorator {
  return all(
    Described('Who is told of what becomes of workloads by this policy, five at most. Needs --notification-hosts.'),
    IsOptional(),
    NestedList(() => Notify, { max: 5 }),
    ListMap('name'),
  );
}

@Description('What one receiver of messages was told of the workload, so that it is told once.')
export class Notified {
  @Description('The receiver: kind of the policy, policy, and name.')
  @Text(640)
  readonly receiver!: string;

  @Description('What it knows of the workload.')
  @TextList({ maxItems: 10, maxLength: 256 })
  @ListAtomic()
  readonly told!: readonly string[];
}
