import { CompiledQuery, type Kysely, type RawBuilder, sql } from "kysely"
import type { SqlValue } from "./connection.ts"
import type { Schema } from "./schema.ts"

/** A query that is asked for often, always with one of a few texts. */
interface OftenQuery extends CompiledQuery {
  readonly isOften: true
}

/** A place in a query where a value comes. */
class Slot {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * Makes a query that is asked for so often that its text is made once, and that the database may keep its plan for a moment.
 * It MUST name the columns that it returns: with another column in the table, a kept `*` fails.
 */
export function createOften<Values extends Readonly<Record<string, SqlValue>>>(
  kysely: Kysely<Schema>,
  build: (slot: (name: keyof Values & string) => RawBuilder<never>) => RawBuilder<unknown>,
): (values: Values) => OftenQuery {
  let text: CompiledQuery | undefined
  return (values) => {
    text ??= build((name) => sql.val(new Slot(name) as never)).compile(kysely)
    const parameters = text.parameters.map((value) => (value instanceof Slot ? values[value.name] : value))
    return toOften(CompiledQuery.raw(text.sql, parameters))
  }
}

/** Says that of a query whose text is one of few. */
export function toOften(query: CompiledQuery): OftenQuery {
  return { ...query, isOften: true }
}

/** Whether that was said of it. */
export function isOften(query: CompiledQuery): boolean {
  return "isOften" in query
}
