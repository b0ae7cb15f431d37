import type { Kysely, Transaction } from "kysely"
import { CompiledQuery } from "kysely"
import type { MigrationStatus } from "../../../src/ports/storage.ts"
import type { Database } from "./database.ts"
import type { Migration } from "./migrations/migration.ts"
import type { Schema } from "./schema.ts"

/**
 * Applies what is missing, each migration in a transaction of its own that holds the schema alone, so that several
 * processes may start at once. Throws, and changes nothing, where a newer Inlay has migrated the database.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  nowMs: () => number,
): Promise<void> {
  if ((await readStatus(database, migrations)).every((migration) => migration.appliedAt !== null)) return
  for (const migration of migrations) {
    await database.kysely.transaction().execute(async (transaction) => {
      await database.engine.lock(transaction, "schema")
      const applied = await readApplied(database, transaction)
      refuseNewer(applied, migrations)
      if (applied.has(migration.name)) return
      await apply(database, transaction, migration, nowMs())
    })
  }
}

/** Which migrations are applied. Throws where the database holds some that this Inlay does not know. */
export async function readStatus(
  database: Database,
  migrations: readonly Migration[],
): Promise<readonly MigrationStatus[]> {
  const applied = await readApplied(database, database.kysely)
  refuseNewer(applied, migrations)
  return migrations.map(({ name }) => ({ name, appliedAt: applied.get(name) ?? null }))
}

async function readApplied(database: Database, kysely: Kysely<Schema>): Promise<ReadonlyMap<string, number>> {
  if (!(await database.engine.hasTable(kysely, "inlay_migrations"))) return new Map()
  const rows = await kysely.selectFrom("inlay_migrations").select(["name", "applied_at"]).orderBy("name").execute()
  return new Map(rows.map((row) => [row.name, Number(row.applied_at)]))
}

function refuseNewer(applied: ReadonlyMap<string, number>, migrations: readonly Migration[]): void {
  const unknown = [...applied.keys()].filter((name) => !migrations.some((migration) => migration.name === name))
  if (unknown.length === 0) return
  throw new Error(
    `Cannot use storage: a newer Inlay has migrated it to "${unknown.join('", "')}", which this one does not know; ` +
      "update Inlay, or restore the database from before.",
  )
}

async function apply(
  { engine }: Database,
  transaction: Transaction<Schema>,
  migration: Migration,
  at: number,
): Promise<void> {
  const { key, bigInteger, tableOptions } = engine.columnTypes
  const bookkeeping = `create table if not exists inlay_migrations (
    name ${key} not null primary key,
    applied_at ${bigInteger} not null
  )${tableOptions}`
  try {
    for (const statement of [bookkeeping, ...migration.statements(engine.columnTypes)]) {
      await transaction.executeQuery(CompiledQuery.raw(statement))
    }
    await transaction.insertInto("inlay_migrations").values({ name: migration.name, applied_at: at }).execute()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Cannot apply migration "${migration.name}": ${reason}; nothing of it was kept.`, { cause })
  }
}
