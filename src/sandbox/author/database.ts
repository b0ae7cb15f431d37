import { ask } from "./sandbox.ts"

/** How `where` compares a field with a value. */
export type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "array-contains"

/** A document as it is read: its fields and its id. */
export type StoredDocument<Fields> = Fields & { readonly id: string }

/** What a collection holds, unless the author says it. */
export type AnyFields = Record<string, unknown>

/** One document, whether it exists or not. */
export interface DocumentReference<Fields = AnyFields> {
  readonly id: string
  /** Null where there is no such document. */
  get(): Promise<StoredDocument<Fields> | null>
  /** Stores the whole document, in the place of what was there. */
  set(fields: Fields): Promise<StoredDocument<Fields>>
  /** Replaces the named fields alone; rejects with the code `NOT_FOUND` where there is no such document. */
  update(fields: Partial<Fields>): Promise<StoredDocument<Fields>>
  /** Whether there was a document to delete. */
  delete(): Promise<boolean>
}

/** What to read of a collection. Every method gives a new query; a field may be a path, such as `address.city`. */
export interface Query<Fields = AnyFields> {
  /** Only documents whose field compares so. Values of different types are never ordered; a missing field equals null. */
  where(field: string, operator: Operator, value: unknown): Query<Fields>
  /** Sorts; documents without the field are left out. */
  orderBy(field: string, direction?: "asc" | "desc"): Query<Fields>
  limit(count: number): Query<Fields>
  /** The documents; by id where no order was asked for. */
  get(): Promise<StoredDocument<Fields>[]>
  /** The first document; null where there is none. */
  first(): Promise<StoredDocument<Fields> | null>
  count(): Promise<number>
}

/** JSON documents under one name. */
export interface Collection<Fields = AnyFields> extends Query<Fields> {
  doc(id: string): DocumentReference<Fields>
  /** Adds a document; rejects with the code `CONFLICT` where its id is taken. @default a new id */
  create(fields: Fields & { readonly id?: string }): Promise<StoredDocument<Fields>>
  /** Replaces the named fields of one document. */
  update(id: string, fields: Partial<Fields>): Promise<StoredDocument<Fields>>
  /** Whether there was a document to delete. */
  delete(id: string): Promise<boolean>
}

/** The organisation's documents. */
export interface DocumentDatabase {
  collection<Fields = AnyFields>(name: string): Collection<Fields>
}

/** The organisation's documents. */
export const db: DocumentDatabase = {
  collection<Fields>(collection: string): Collection<Fields> {
    const doc = (id: string): DocumentReference<Fields> => ({
      id,
      get: () => ask("db", "get", { collection, id }),
      set: (fields) => ask("db", "set", { collection, id, fields }),
      update: (fields) => ask("db", "update", { collection, id, fields }),
      delete: () => ask("db", "delete", { collection, id }),
    })
    return {
      ...toQuery<Fields>({ collection, where: [], orderBy: [] }),
      doc,
      create: ({ id, ...fields }) => ask("db", "create", { collection, id, fields }),
      update: (id, fields) => doc(id).update(fields),
      delete: (id) => doc(id).delete(),
    }
  },
}

interface QueryInput {
  readonly collection: string
  readonly where: readonly { readonly field: string; readonly operator: Operator; readonly value: unknown }[]
  readonly orderBy: readonly { readonly field: string; readonly direction: "asc" | "desc" }[]
  readonly limit?: number
}

function toQuery<Fields>(input: QueryInput): Query<Fields> {
  const get = (query: QueryInput) => ask<StoredDocument<Fields>[]>("db", "query", query)
  return {
    where: (field, operator, value) =>
      toQuery({ ...input, where: [...input.where, { field, operator, value: value === undefined ? null : value }] }),
    orderBy: (field, direction = "asc") => toQuery({ ...input, orderBy: [...input.orderBy, { field, direction }] }),
    limit: (limit) => toQuery({ ...input, limit }),
    get: () => get(input),
    first: async () => (await get({ ...input, limit: 1 }))[0] ?? null,
    count: () => ask("db", "count", input),
  }
}
