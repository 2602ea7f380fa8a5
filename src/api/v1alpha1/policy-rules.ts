// api: the rules for images that both kinds of policy are made of, and what is to happen to workloads that break them.
import { all, Cel, Default, Description, LabelSelector, ListSet, MapAtomic, Nested } from '@dot-kube/operator/crd';
import { IsBoolean, IsIn, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { Described, Duration, EachWritten, TextList } from './fields.js';
import {
  type Action,
  ACTIONS,
  POD_ACTIONS,
  ALLOW_DENY,
  type AllowDeny,
  type Mode,
  MODES,
  type Rollback,
  ROLLBACKS,
  SEVERITIES,
  type Severity,
  type Source,
  SOURCES,
} from './vocabulary.js';

const LONGER_THAN_ZERO = "self.matches('[1-9]')";
const VULNERABILITY_ID = /^(CVE-[0-9]{4}-[0-9]{4,19}|XRAY-[0-9]{1,19})$/;

/** CVE and Xray ids. */
export function VulnerabilityIds(limits: { readonly minItems?: number; readonly maxItems: number }): PropertyDecorator {
  return all(
    TextList({ ...limits, maxLength: 32 }),
    EachWritten(VULNERABILITY_ID, 'write each id as CVE-2021-44228 or XRAY-94543'),
    ListSet(),
  );
}

/** Patterns on whole image references. */
export function ImagePatterns(limits: { readonly minItems?: number; readonly maxItems: number }): PropertyDecorator {
  return all(
    TextList({ ...limits, minLength: 1, maxLength: 512 }),
    EachWritten(/^\S+$/, 'no image reference holds white space; write each pattern as registry.k8s.io/*'),
    ListSet(),
  );
}

const STOPS = 'Ignore, ScaleDown or Delete';

function ActionField(description: string, actions: readonly Action[] = ACTIONS): PropertyDecorator {
  return all(Described(`${description} Left out: as default says.`), IsOptional(), IsIn(actions));
}

@Description(
  'What happens to a workload that breaks the rule, by its kind. Ignore reports only. ScaleDown stops the workload and keeps it, ' +
    'and lets it go on when the rule holds again. Delete deletes it. Kinds without a field here are acted on as default says.',
)
export class Actions {
  @ActionField(`For Deployments: ${STOPS}. ScaleDown sets replicas to 0.`)
  readonly deployments?: Action;

  @ActionField(
    `For StatefulSets: ${STOPS}. ScaleDown sets replicas to 0. Neither is done where it would delete volumes ` +
      '(persistentVolumeClaimRetentionPolicy), unless allowDataLoss says so.',
  )
  readonly statefulSets?: Action;

  @ActionField(`For DaemonSets: ${STOPS}. ScaleDown adds a node selector that no node has.`)
  readonly daemonSets?: Action;

  @ActionField(`For ReplicaSets that nobody owns: ${STOPS}. ScaleDown sets replicas to 0.`)
  readonly replicaSets?: Action;

  @ActionField(`For ReplicationControllers that nobody owns: ${STOPS}. ScaleDown sets replicas to 0.`)
  readonly replicationControllers?: Action;

  @ActionField(`For Jobs that nobody owns and that have not ended: ${STOPS}. ScaleDown suspends.`)
  readonly jobs?: Action;

  @ActionField(`For CronJobs: ${STOPS}. ScaleDown suspends the CronJob and the Jobs of it that have not ended.`)
  readonly cronJobs?: Action;

  @ActionField(
    'For Pods that nobody owns: Ignore or Delete. A Pod has no replicas that could be taken away.',
    POD_ACTIONS,
  )
  readonly pods?: Action;

  @Description(
    `For every kind whose field is left out, and for all other kinds: ${STOPS}. Default: Ignore. Kinds that are not Kubernetes' ` +
      'own are scaled down if they have a scale subresource and the operator was given the right; a kind that can not be stopped ' +
      'and kept is Held under ScaleDown.',
  )
  @IsIn(ACTIONS)
  @Default('Ignore')
  readonly default?: Action;

  @Description(
    'Whether StatefulSets are also stopped where that deletes their volumes (persistentVolumeClaimRetentionPolicy). Default: false.',
  )
  @IsBoolean()
  @Default(false)
  readonly allowDataLoss?: boolean;
}

const ACTIONS_TEXT = 'What happens to a workload that breaks the rule, by its kind. Default: nothing but a report.';

@Description('Images that Xray has not scanned break this rule once their grace period is over.')
export class UnscannedRule {
  @Description(
    'How long a new image may wait for its scan, counted from when it was first seen on the workload. Default: 15m.',
  )
  @Duration()
  @Default('15m')
  readonly gracePeriod?: string;

  @Description(
    'Of an image that Xray has data of no more: how old what it said last may become before the image counts as unscanned. That ' +
      'Xray cannot be asked never makes it so. Example: 90d. Left out: what Xray said last holds for ever.',
  )
  @IsOptional()
  @Duration()
  @Cel(LONGER_THAN_ZERO, 'must be longer than 0, as in 90d')
  readonly maxScanAge?: string;

  @Description(
    'Images that need no scan, as patterns on the whole reference: * stands for any text, ? for one character. ' +
      'Example: registry.k8s.io/*',
  )
  @IsOptional()
  @ImagePatterns({ maxItems: 100 })
  readonly exemptImages?: readonly string[];

  @Description(ACTIONS_TEXT)
  @Nested(() => Actions)
  @Default({})
  readonly actions?: Actions;
}

@Description(
  'Images with vulnerabilities that meet all of these conditions break this rule. Malicious packages always do.',
)
export class SecurityRule {
  @Description('The lowest severity that counts: Critical, High (the default), Medium, Low or Unknown.')
  @IsIn(SEVERITIES)
  @Default('High')
  readonly minSeverity?: Severity;

  @Description(
    'The lowest CVSS score that counts, from 0 to 10, together with minSeverity: both must hold. Example: 7.5',
  )
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(10)
  readonly minCvssScore?: number;

  @Description('Count only vulnerabilities for which a fixed version is known. Default: false.')
  @IsBoolean()
  @Default(false)
  readonly onlyFixable?: boolean;

  @Description(
    "Do not count vulnerabilities that Xray's contextual analysis rules out for the image; those that it can't tell count. " +
      'Default: false.',
  )
  @IsBoolean()
  @Default(false)
  readonly onlyApplicable?: boolean;

  @Description('Vulnerabilities that do not count, by CVE or Xray id. Example: CVE-2021-44228, XRAY-94543')
  @IsOptional()
  @VulnerabilityIds({ maxItems: 500 })
  readonly ignoredVulnerabilities?: readonly string[];

  @Description(
    "Findings (the default): all vulnerabilities that Xray knows of. Violations: of these only the ones that Xray's own watches and policies " +
      'raised as violations, for images that a watch covers. Malicious packages count in any case. While it is not known what Xray raised, ' +
      'the verdict is Unknown.',
  )
  @IsIn(SOURCES)
  @Default('Findings')
  readonly source?: Source;

  @Description(
    'How long a vulnerability may stay, counted from when it was first seen to break a rule on the workload. Example: 72h. Default: 0s.',
  )
  @Duration()
  @Default('0s')
  readonly gracePeriod?: string;

  @Description(ACTIONS_TEXT)
  @Nested(() => Actions)
  @Default({})
  readonly actions?: Actions;
}

@Description('Images with components under licenses that are not welcome break this rule, at once.')
@Cel('!(has(self.denied) && has(self.allowed))', 'denied and allowed exclude each other; keep one of them', {
  fieldPath: '.allowed',
})
@Cel(
  "has(self.denied) || has(self.allowed) || self.unknown == 'Deny' || self.source == 'Violations'",
  'the rule denies nothing; set denied or allowed, or unknown: Deny, or source: Violations',
)
export class LicenseRule {
  @Description(
    'Licenses that are not welcome, as SPDX ids or names in Xray: * stands for any text, ? for one character. ' +
      'Example: AGPL-3.0-*. Not together with allowed.',
  )
  @IsOptional()
  @TextList({ minItems: 1, maxItems: 200, minLength: 1, maxLength: 256 })
  @ListSet()
  readonly denied?: readonly string[];

  @Description(
    'The only licenses that are welcome, as SPDX ids or names in Xray: * stands for any text, ? for one character. ' +
      'Example: Apache-2.0. Not together with denied.',
  )
  @IsOptional()
  @TextList({ minItems: 1, maxItems: 200, minLength: 1, maxLength: 256 })
  @ListSet()
  readonly allowed?: readonly string[];

  @Description('Whether components whose license Xray does not recognise are welcome: Allow (the default) or Deny.')
  @IsIn(ALLOW_DENY)
  @Default('Allow')
  readonly unknown?: AllowDeny;

  @Description(
    "Findings (the default): all licenses that Xray knows of. Violations: only those that Xray's own watches and policies raised as " +
      'violations; without denied and allowed, all of these break the rule. While it is not known what Xray raised, the verdict is Unknown.',
  )
  @IsIn(SOURCES)
  @Default('Findings')
  readonly source?: Source;

  @Description(ACTIONS_TEXT)
  @Nested(() => Actions)
  @Default({})
  readonly actions?: Actions;
}

/** What both kinds of policy say of images. Their classes name the fields one by one: the generator reads no base class. */
export interface PolicyRules {
  readonly mode?: Mode;
  readonly rollback?: Rollback;
  readonly workloadSelector?: LabelSelector;
  readonly unscanned?: UnscannedRule;
  readonly security?: SecurityRule;
  readonly license?: LicenseRule;
}

export const CHECKS_SOMETHING = [
  'has(self.unscanned) || has(self.security) || has(self.license)',
  'the policy checks nothing; set at least one of unscanned, security and license',
] as const;

export function ModeField(): PropertyDecorator {
  return all(
    Described(
      'Enforce acts on workloads that break a rule; Audit (the default) reports what would be done and does nothing.',
    ),
    IsIn(MODES),
    Default('Audit'),
  );
}

export function RollbackField(): PropertyDecorator {
  return all(
    Described(
      'PreviousCompliant: where a rule asks for ScaleDown of a Deployment or StatefulSet, it is first tried to put back the last ' +
        'revision whose images are known by digest and break no rule now; only where there is none, it is scaled down. All policies ' +
        'that ask for the stop have to say so. None (the default): it is scaled down. Other kinds, and Delete, are as the actions say.',
    ),
    IsIn(ROLLBACKS),
    Default('None'),
  );
}

export function WorkloadSelectorField(description: string): PropertyDecorator {
  return all(
    Described(description),
    IsOptional(),
    Nested(() => LabelSelector),
    MapAtomic(),
  );
}

export function UnscannedField(): PropertyDecorator {
  return all(
    Described('The rule for images that Xray has not scanned.'),
    IsOptional(),
    Nested(() => UnscannedRule),
  );
}

export function SecurityField(): PropertyDecorator {
  return all(
    Described('The rule for vulnerabilities.'),
    IsOptional(),
    Nested(() => SecurityRule),
  );
}

export function LicenseField(): PropertyDecorator {
  return all(
    Described('The rule for licenses.'),
    IsOptional(),
    Nested(() => LicenseRule),
  );
}
