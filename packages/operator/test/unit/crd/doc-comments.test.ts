import { describe, expect, test } from '@jest/globals';
import { IsString } from 'class-validator';
import { CustomResource, customResourceDefinition, Description, Nested } from '../../../src/crd/index.js';
import { describeByComments } from '../../../src/crd/doc-comments.js';

const base = {
  group: 'example.com',
  plural: 'books',
  singular: 'book',
  shortNames: [],
  categories: [],
  namespaced: true,
};

class BookSpec {
  @IsString()
  readonly title!: string;

  @Description('Said by its decorator.')
  @IsString()
  readonly author!: string;
}

@CustomResource({ ...base, version: 'v1', kind: 'Book' })
class Book {
  @Nested(() => BookSpec)
  readonly spec!: BookSpec;
}

const source = `
  /** What is wanted. */
  class BookSpec {
    /**
     * The title, as it stands
     * on the cover.
     *
     * Never empty.
     *
     * @example 'Ulysses'
     */
    @IsString() readonly title!: string;
    /** Said by its comment. */
    @IsString() readonly author!: string;
  }
  /** A book. */
  @CustomResource({}) class Book {
    /** The wish. */
    readonly spec!: BookSpec;
  }`;

describe('doc comments', () => {
  test('describe what no decorator does', () => {
    expect(() => customResourceDefinition(Book)).toThrow('has no @Description()');
    describeByComments([Book, BookSpec], [{ path: 'book.ts', text: source }]);
    const schema = customResourceDefinition(Book).spec.versions[0]?.schema.openAPIV3Schema;
    expect(schema).toMatchObject({
      description: 'A book.',
      properties: {
        spec: {
          description: 'The wish.',
          properties: {
            title: { description: 'The title, as it stands on the cover.\n\nNever empty.' },
            author: { description: 'Said by its decorator.' },
          },
        },
      },
    });
  });

  test('of two classes with one name are refused, and of none too', () => {
    const twice = [
      { path: 'a.ts', text: 'class Book {}' },
      { path: 'b.ts', text: 'class Book {}' },
    ];
    expect(() => {
      describeByComments([Book], twice);
    }).toThrow('two classes are named Book, the second in b.ts');
    expect(() => {
      describeByComments([Book], [{ path: 'a.ts', text: 'class Other {}' }]);
    }).toThrow('Book is in none of the files');
  });
});

describe('several versions', () => {
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };

  @Description('A book, of old.')
  @CustomResource({ ...base, version: 'v1beta1', kind: 'Book', deprecated: 'use v1', served: false, scale })
  class OldBook {
    @Description('The wish.')
    @Nested(() => BookSpec)
    readonly spec!: BookSpec;
  }

  @Description('Something else.')
  @CustomResource({ ...base, version: 'v1alpha1', kind: 'Leaflet' })
  class Leaflet {
    @Description('The wish.')
    @Nested(() => BookSpec)
    readonly spec!: BookSpec;
  }

  test('stand in one definition; the first is the one that is stored', () => {
    describeByComments([Book, BookSpec], [{ path: 'book.ts', text: source }]);
    const { versions } = customResourceDefinition([Book, OldBook]).spec;
    expect(versions).toMatchObject([
      { name: 'v1', served: true, storage: true },
      {
        name: 'v1beta1',
        served: false,
        storage: false,
        deprecated: true,
        deprecationWarning: 'use v1',
        subresources: { status: {}, scale },
      },
    ]);
    expect(versions[0]).not.toHaveProperty('deprecated');
  });

  test('have to be of one kind, and each another one', () => {
    expect(() => customResourceDefinition([Book, Leaflet])).toThrow('Leaflet and Book differ in kind.');
    expect(() => customResourceDefinition([Book, Book])).toThrow('Book is version v1 a second time.');
  });
});
