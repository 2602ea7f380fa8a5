import { describe, expect, test } from '@jest/globals';
import {
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsNegative,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  Cel,
  type Class,
  type Condition,
  Conditions,
  CustomResource,
  customResourceDefinition,
  Default,
  Description,
  LabelSelector,
  ListMap,
  MapAtomic,
  Nested,
  NestedList,
  PrinterColumn,
  SelectableField,
  StringMap,
  type StructuralSchema,
  Timestamp,
} from '../../../src/crd/index.js';
import { all } from '../../../src/crd/decorators.js';

const coordinates = {
  group: 'example.io',
  version: 'v1',
  kind: 'Ship',
  plural: 'ships',
  namespaced: true,
  singular: 'ship',
  shortNames: ['sh'],
  categories: ['fleet'],
};

@Description('A mast.')
@Cel("self.name != 'x'", 'a mast is not called x')
class Mast {
  @Description('Its name.')
  @IsString()
  readonly name!: string;

  @Description('In metres.')
  @IsInt()
  @Min(1)
  @Max(50)
  @Default(20)
  readonly height?: number;
}

@Description('A ship.')
@CustomResource(coordinates)
@SelectableField('.name')
@PrinterColumn({ name: 'Name', type: 'string', jsonPath: '.name', description: 'Its name.' })
@PrinterColumn({ name: 'Rig', type: 'string', jsonPath: '.rig', description: 'Its rig.', priority: 1 })
class Ship {
  @Description('Its name.')
  @IsDefined()
  @IsString()
  @Matches(/^[a-z/]+$/)
  @Cel('size(self) > 1', 'first')
  @Cel('size(self) > 2', 'second')
  readonly name!: string;

  @Description('Its rig.')
  @IsIn(['sloop', 'ketch'])
  @Default('sloop')
  readonly rig?: string;

  @Description('The tallest mast.')
  @Nested(() => Mast)
  @Cel('self.height > 2', 'the tallest mast is tall')
  @Default({ name: 'main' })
  readonly main?: Mast;

  @Description('All masts.')
  @IsOptional()
  @NestedList(() => Mast, { max: 5 })
  @ListMap('name')
  readonly masts?: readonly Mast[];

  @Description('Flags.')
  @IsOptional()
  @StringMap({ maxProperties: 3, maxLength: 9 })
  @MapAtomic()
  readonly flags?: Readonly<Record<string, string>>;

  @Description('When it was launched.')
  @Timestamp()
  readonly launched!: string;

  @Description('Its conditions.')
  @Conditions()
  readonly conditions?: readonly Condition[];
}

const definition = customResourceDefinition(Ship);
const root = definition.spec.versions[0]?.schema.openAPIV3Schema ?? {};
const field = (name: string): StructuralSchema => root.properties?.[name] ?? {};

describe('a definition', () => {
  test('carries the names', () => {
    expect(definition).toMatchObject({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'ships.example.io' },
      spec: {
        group: 'example.io',
        names: { kind: 'Ship', listKind: 'ShipList', plural: 'ships', singular: 'ship', shortNames: ['sh'] },
        scope: 'Namespaced',
      },
    });
  });

  test('has one version, with status, columns in the order written, and field selectors', () => {
    expect(definition.spec.versions).toHaveLength(1);
    expect(definition.spec.versions[0]).toMatchObject({
      name: 'v1',
      served: true,
      storage: true,
      subresources: { status: {} },
      additionalPrinterColumns: [{ name: 'Name' }, { name: 'Rig', priority: 1 }],
      selectableFields: [{ jsonPath: '.name' }],
    });
  });

  test('adds what every object has, and requires what is not optional', () => {
    expect(Object.keys(root.properties ?? {}).slice(0, 4)).toEqual(['apiVersion', 'kind', 'metadata', 'name']);
    expect(root.required).toEqual(['name', 'launched']);
  });
});

describe('a field', () => {
  test('has its description, limits and rules in the order written', () => {
    expect(field('name')).toEqual({
      description: 'Its name.',
      type: 'string',
      pattern: '^[a-z/]+$',
      'x-kubernetes-validations': [
        { rule: 'size(self) > 1', message: 'first' },
        { rule: 'size(self) > 2', message: 'second' },
      ],
    });
  });

  test('has its choices and default', () => {
    expect(field('rig')).toEqual({
      description: 'Its rig.',
      type: 'string',
      enum: ['sloop', 'ketch'],
      default: 'sloop',
    });
  });

  test('with a class has the fields of the class, its own description, and the rules of both', () => {
    expect(field('main')).toMatchObject({
      description: 'The tallest mast.',
      type: 'object',
      default: { name: 'main' },
      required: ['name'],
      properties: { height: { type: 'integer', minimum: 1, maximum: 50, default: 20 } },
      'x-kubernetes-validations': [{ message: 'the tallest mast is tall' }, { message: 'a mast is not called x' }],
    });
  });

  test('with a list of a class has the class in its items', () => {
    expect(field('masts')).toMatchObject({
      description: 'All masts.',
      type: 'array',
      maxItems: 5,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { description: 'A mast.', type: 'object', required: ['name'] },
    });
  });

  test('that maps texts has the type of its values', () => {
    expect(field('flags')).toEqual({
      description: 'Flags.',
      type: 'object',
      maxProperties: 3,
      'x-kubernetes-map-type': 'atomic',
      additionalProperties: { type: 'string', maxLength: 9 },
    });
  });

  test('that is a time has the format of Kubernetes', () => {
    expect(field('launched')).toMatchObject({ type: 'string', format: 'date-time' });
  });

  test('conditions are those of meta/v1', () => {
    expect(field('conditions')).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        required: ['type', 'status', 'reason', 'message', 'lastTransitionTime', 'observedGeneration'],
        properties: {
          type: { maxLength: 316 },
          reason: { minLength: 1, maxLength: 1024, pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$' },
          message: { maxLength: 32_768 },
        },
      },
    });
  });
});

function shipOf(inner: Class): Class {
  @Description('A ship.')
  @CustomResource(coordinates)
  class Wreck {
    @Description('What is wrong with it.')
    @Nested(() => inner)
    readonly spec!: object;
  }
  return Wreck;
}

test('two classes of one name are two classes', () => {
  const make = (text: string): Class => {
    @Description(text)
    class Same {
      @Description(text)
      @IsString()
      readonly [text]!: string;
    }
    return Same;
  };
  @Description('A ship.')
  @CustomResource(coordinates)
  class Pair {
    @Description('One.')
    @Nested(() => make('one'))
    readonly one!: object;

    @Description('Two.')
    @Nested(() => make('two'))
    readonly two!: object;
  }
  const { properties } = customResourceDefinition(Pair).spec.versions[0]?.schema.openAPIV3Schema ?? {};
  expect(Object.keys(properties?.['one']?.properties ?? {})).toEqual(['one']);
  expect(Object.keys(properties?.['two']?.properties ?? {})).toEqual(['two']);
});

describe('the generator refuses', () => {
  @Description('In itself.')
  class Endless {
    @Description('Again.')
    @IsOptional()
    @Nested(() => Endless)
    readonly again?: Endless;
  }
  class Silent {
    @IsString()
    readonly text!: string;
  }
  @Description('Nothing.')
  class Empty {
    readonly undecorated?: string;
  }
  @Description('Without types.')
  class Untyped {
    @Description('Anything.')
    @IsDefined()
    readonly anything!: unknown;
  }
  @Description('A bare list.')
  class BareList {
    @Description('Of what?')
    @IsArray()
    readonly list!: readonly unknown[];
  }
  @Description('A bare object.')
  class BareObject {
    @Description('With what?')
    @IsObject()
    readonly object!: object;
  }
  @Description('Nested, but not by us.')
  class Foreign {
    @Description('A mast.')
    @ValidateNested()
    readonly mast!: Mast;
  }
  @Description('With a flag.')
  class Flagged {
    @Description('A text.')
    @IsString()
    @Matches(/a/i)
    readonly text!: string;
  }

  test.each<[string, Class, RegExp]>([
    ['a class within itself', Endless, /Ship\.spec\.again holds Endless within itself/],
    ['a field without description', Silent, /Ship\.spec\.text has no @Description/],
    ['a class without fields', Empty, /Empty has no decorated field/],
    ['a field without a type', Untyped, /Ship\.spec\.anything has no single type/],
    ['a list without a type', BareList, /Ship\.spec\.list\[\] has no single type/],
    ['an object without contents', BareObject, /Ship\.spec\.object is an object without contents; use @Nested/],
    ['a nested class that is not declared', Foreign, /Ship\.spec\.mast is an object without contents; use @Nested/],
    ['a pattern with flags', Flagged, /without flags/],
  ])('%s', (_, inner, message) => {
    expect(() => customResourceDefinition(shipOf(inner))).toThrow(message);
  });

  test('a class that is no custom resource', () => {
    expect(() => customResourceDefinition(Mast)).toThrow('Mast is no custom resource; add @CustomResource().');
  });
});

test('a label selector has the fields of meta/v1', () => {
  const { properties } = customResourceDefinition(shipOf(LabelSelector)).spec.versions[0]?.schema.openAPIV3Schema ?? {};
  expect(Object.keys(properties?.['spec']?.properties ?? {})).toEqual(['matchLabels', 'matchExpressions']);
});

test.each([
  [/^a\/b$/, '^a/b$'],
  [/^[\\/]$/, '^[\\\\/]$'],
  [/^\\\/\d$/, '^\\\\/\\d$'],
])('of the pattern %s only what JavaScript alone has to escape is written otherwise', (pattern, written) => {
  @Description('A path.')
  class Path {
    @Description('A text.')
    @IsString()
    @Matches(pattern)
    readonly text!: string;
  }
  const { properties } = customResourceDefinition(shipOf(Path)).spec.versions[0]?.schema.openAPIV3Schema ?? {};
  expect(properties?.['spec']?.properties?.['text']?.pattern).toBe(written);
});

test.each<[string, readonly PropertyDecorator[], object]>([
  ['a minimum above zero', [IsInt(), Min(5), IsPositive()], { minimum: 5 }],
  ['a minimum above zero, the other way round', [IsPositive(), Min(5), IsInt()], { minimum: 5 }],
  ['a minimum of zero', [IsInt(), Min(0), IsPositive()], { minimum: 0, exclusiveMinimum: true }],
  ['a minimum below zero', [IsInt(), Min(-5), IsPositive()], { minimum: 0, exclusiveMinimum: true }],
  ['a maximum below zero', [IsInt(), Max(-5), IsNegative()], { maximum: -5 }],
  ['a maximum above zero', [IsInt(), Max(5), IsNegative()], { maximum: 0, exclusiveMaximum: true }],
])('of %s and a sign the narrower holds, and the number stays a whole one', (_, decorators, limits) => {
  @Description('A hull.')
  class Hull {
    @Description('A number.')
    @all(...decorators)
    readonly size!: number;
  }
  const { properties } = customResourceDefinition(shipOf(Hull)).spec.versions[0]?.schema.openAPIV3Schema ?? {};
  expect(properties?.['spec']?.properties?.['size']).toEqual({ description: 'A number.', type: 'integer', ...limits });
});
