// crd: the types of Kubernetes' meta/v1 that custom resources borrow, with the same limits as the original.
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  Min,
} from 'class-validator';
import { all, Cel, Description, ListAtomic, ListMap, NestedList, StringMap, Timestamp } from './decorators.js';

const CONDITION_STATUSES = ['True', 'False', 'Unknown'] as const;
const CONDITION_TYPE =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/;
const CONDITION_REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const MAX_CONDITIONS = 16; // we write five at most; room for those of others

@Description('One aspect of the state of the object.')
export class Condition {
  @Description('What the condition is about, in CamelCase, as in Ready.')
  @IsString()
  @MaxLength(316)
  @Matches(CONDITION_TYPE)
  readonly type!: string;

  @Description('True, False, or Unknown while it cannot be told.')
  @IsIn(CONDITION_STATUSES)
  readonly status!: (typeof CONDITION_STATUSES)[number];

  @Description('The reason for the last change in one CamelCase word: stable, meant for programs.')
  @IsString()
  @Length(1, 1024)
  @Matches(CONDITION_REASON)
  readonly reason!: string;

  @Description('The reason in a sentence, with the next step where there is one: meant for people.')
  @IsString()
  @MaxLength(32_768)
  readonly message!: string;

  @Description('When status last changed from one value to another.')
  @Timestamp()
  readonly lastTransitionTime!: string;

  @Description(
    'The metadata.generation that the condition was computed from; below the current one, it is out of date.',
  )
  @IsInt()
  @Min(0)
  readonly observedGeneration!: number;
}

/** A list of conditions, each known by its type, as every Kubernetes tool expects it. */
export function Conditions(): PropertyDecorator {
  return all(
    IsOptional(),
    NestedList(() => Condition, { max: MAX_CONDITIONS }),
    ListMap('type'),
  );
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

@Description('A requirement on one label.')
@Cel(
  "self.operator in ['Exists', 'DoesNotExist'] || (has(self.values) && size(self.values) > 0)",
  'In and NotIn need at least one value; add values, or use Exists or DoesNotExist',
)
@Cel(
  "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
  'Exists and DoesNotExist take no values; remove values, or use In or NotIn',
)
export class LabelSelectorRequirement {
  @Description('The key of the label, as in app.kubernetes.io/name.')
  @IsString()
  @Length(1, 317)
  readonly key!: string;

  @Description('How the label relates to values: In, NotIn, Exists or DoesNotExist.')
  @IsIn(OPERATORS)
  readonly operator!: (typeof OPERATORS)[number];

  @Description('The values to compare with; needed for In and NotIn, not allowed for Exists and DoesNotExist.')
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @MaxLength(63, { each: true })
  @ArrayMaxSize(64)
  @ListAtomic()
  readonly values?: readonly string[];
}

@Description(
  'A query over labels: matchLabels and matchExpressions must all hold; an empty selector selects everything.',
)
export class LabelSelector {
  @Description('Labels that must be there with exactly these values, as in app: web.')
  @IsOptional()
  @StringMap({ maxProperties: 64, maxLength: 63 })
  readonly matchLabels?: Readonly<Record<string, string>>;

  @Description('Requirements that must all hold.')
  @IsOptional()
  @NestedList(() => LabelSelectorRequirement, { max: 64 })
  @ListAtomic()
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}
