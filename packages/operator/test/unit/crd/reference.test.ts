import { expect, test } from '@jest/globals';
import { IsIn, IsInt, IsOptional, IsString, Length, Min } from 'class-validator';
import {
  apiReference,
  Cel,
  CustomResource,
  customResourceDefinition,
  Default,
  Description,
  Nested,
  NestedList,
  PrinterColumn,
} from '../../../src/crd/index.js';

@Description('A route.')
class Route {
  @Description('From a|b, as *in* <c>.')
  @IsString()
  @Length(1, 9)
  readonly from!: string;

  @Description('To.')
  @IsIn(['d', 'e'])
  @Default('d')
  readonly to?: string;

  @Description('In miles.')
  @IsOptional()
  @IsInt()
  @Min(1)
  readonly miles?: number;
}

@Description('What is wanted.')
class BoatSpec {
  @Description('The next route.')
  @Nested(() => Route)
  @Cel('true', 'a route leads somewhere')
  readonly next!: Route;

  @Description('The routes before.')
  @IsOptional()
  @NestedList(() => Route, { max: 3 })
  readonly before?: readonly Route[];
}

@Description('A boat.')
@CustomResource({
  group: 'example.io',
  version: 'v1',
  kind: 'Boat',
  plural: 'boats',
  namespaced: false,
  singular: 'boat',
  shortNames: ['bo'],
  categories: ['fleet'],
})
@PrinterColumn({ name: 'From', type: 'string', jsonPath: '.spec.next.from', description: 'From.', priority: 1 })
class Boat {
  @Description('What is wanted.')
  @Nested(() => BoatSpec)
  readonly spec!: BoatSpec;
}

test('the reference names every field once, with type, default and rules', () => {
  expect(apiReference('# Boats', [customResourceDefinition(Boat)])).toBe(`# Boats

## Boat

A boat.

\`apiVersion: example.io/v1\`, cluster-wide, \`kubectl get boats\` or \`kubectl get bo\`, in \`kubectl get fleet\`.

### spec

What is wanted.

| Field | Type | Default | Meaning |
| --- | --- | --- | --- |
| \`spec.next\` | object | required | The next route. Rule: a route leads somewhere. |
| \`spec.next.from\` | string, at least 1 characters, at most 9 characters | required | From a\\|b, as \\*in\\* \\<c>. |
| \`spec.next.to\` | string, \`d\` \`e\` | \`"d"\` | To. |
| \`spec.next.miles\` | integer, from 1 |  | In miles. |
| \`spec.before\` | list of object, at most 3 items |  | The routes before. |
| \`spec.before[].*\` |  |  | The same fields as in \`spec.next\`. |

### Columns

| Column | From | Shown with | Meaning |
| --- | --- | --- | --- |
| From | \`.spec.next.from\` | \`-o wide\` | From. |
`);
});
