import { sql } from "kysely"
import type { KeyValueEntry, KeyValueStore } from "../../../src/ports/capability-storage.ts"
import type { Database } from "./database.ts"
import { maxPageBytes, toPage } from "./page.ts"
import { afterPrefix } from "./prefix.ts"

/** A row's value: a whole number is kept as one, so that it can be added to in one statement. */
interface ValueColumns {
  readonly value: string | null
  readonly counter: number | null
}

/** The values under keys. */
export function createKeyValueStore({ kysely }: Database): KeyValueStore {
  /** Rows whose time has not come. */
  const select = (organisation: string, now: number) =>
    kysely
      .selectFrom("inlay_key_values")
      .select(["key", "value", "counter"])
      .where("organisation", "=", organisation)
      .where((or) => or.or([or("expires_at", "is", null), or("expires_at", ">", now)]))

  return {
    async find(organisation, key, now) {
      const row = await select(organisation, now).where("key", "=", key).executeTakeFirst()
      return row === undefined ? null : toEntry(row)
    },

    async set(organisation, key, { json, expiresAt }) {
      const columns = { ...toColumns(json), expires_at: expiresAt }
      await kysely
        .insertInto("inlay_key_values")
        .values({ organisation, key, ...columns })
        .onConflict((conflict) => conflict.columns(["organisation", "key"]).doUpdateSet(columns))
        .execute()
    },

    async remove(organisation, key, now) {
      const removed = await kysely
        .deleteFrom("inlay_key_values")
        .where("organisation", "=", organisation)
        .where("key", "=", key)
        .returning("expires_at")
        .execute()
      return removed.some(({ expires_at }) => expires_at === null || Number(expires_at) > now)
    },

    async list(organisation, prefix, { limit, cursor }, now) {
      const end = afterPrefix(prefix)
      const rows = await kysely
        .with("sized", () =>
          select(organisation, now)
            .clearSelect()
            .select(["key", sql<number>`coalesce(octet_length(value), 0)`.as("size")])
            .where("key", ">=", prefix)
            .$if(end !== null, (query) => query.where("key", "<", end ?? ""))
            .$if(cursor !== undefined, (query) => query.where("key", ">", cursor ?? ""))
            .orderBy("key")
            .limit(limit + 1),
        )
        .with("page", (query) =>
          query.selectFrom("sized").select(["key", sql<number>`sum(size) over (order by key) - size`.as("before")]),
        )
        .selectFrom("page")
        .innerJoin("inlay_key_values as kept", "kept.key", "page.key")
        .select(["kept.key", "kept.value", "kept.counter"])
        .select((query) => query.selectFrom("sized").select(query.fn.countAll().as("count")).as("found"))
        .where("kept.organisation", "=", organisation)
        .where("page.before", "<", maxPageBytes)
        .orderBy("page.key")
        .execute()
      return toPage(rows, limit, toEntry, (row) => row.key, Number(rows[0]?.found ?? 0))
    },

    async increment(organisation, key, { by, expiresAt, now }) {
      const expired = sql<boolean>`kept.expires_at <= ${now}`
      const { rows } = await sql<{ counter: number | string | bigint }>`
        insert into inlay_key_values as kept (organisation, key, counter, expires_at)
        values (${organisation}, ${key}, ${by}, ${expiresAt})
        on conflict (organisation, key) do update set
          value = null,
          counter = case when ${expired} then excluded.counter else kept.counter + excluded.counter end,
          expires_at = case when ${expired} then excluded.expires_at else kept.expires_at end
        where ${expired}
          or kept.counter + excluded.counter between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}
        returning counter`.execute(kysely)
      const [row] = rows
      return row === undefined ? null : Number(row.counter)
    },

    async compareAndSet(organisation, key, expected, { json, expiresAt, now }) {
      const columns = { ...toColumns(json), expires_at: expiresAt }
      if (expected === null) {
        const inserted = await kysely
          .insertInto("inlay_key_values")
          .values({ organisation, key, ...columns })
          .onConflict((conflict) =>
            conflict
              .columns(["organisation", "key"])
              .doUpdateSet(columns)
              .where("inlay_key_values.expires_at", "<=", now),
          )
          .returning("key")
          .execute()
        return inserted.length > 0
      }
      const { value, counter } = toColumns(expected)
      const updated = await kysely
        .updateTable("inlay_key_values")
        .set(columns)
        .where("organisation", "=", organisation)
        .where("key", "=", key)
        .where((or) => or.or([or("expires_at", "is", null), or("expires_at", ">", now)]))
        .where((and) => (counter === null ? and("value", "=", value) : and("counter", "=", counter)))
        .returning("key")
        .execute()
      return updated.length > 0
    },

    async removeExpired(now, limit) {
      const expired = await kysely
        .selectFrom("inlay_key_values")
        .select(["organisation", "key"])
        .where("expires_at", "<=", now)
        .orderBy("expires_at")
        .limit(limit)
        .execute()
      for (const { organisation, key } of expired) {
        await kysely
          .deleteFrom("inlay_key_values")
          .where("organisation", "=", organisation)
          .where("key", "=", key)
          // It may have been set again meanwhile.
          .where("expires_at", "<=", now)
          .execute()
      }
    },
  }
}

function toColumns(json: string): ValueColumns {
  const isCounter = /^(?:0|-?[1-9]\d{0,15})$/.test(json) && Number.isSafeInteger(Number(json))
  return isCounter ? { value: null, counter: Number(json) } : { value: json, counter: null }
}

function toEntry(row: {
  readonly key: string
  readonly value: string | null
  readonly counter: number | string | bigint | null
}): KeyValueEntry {
  return { key: row.key, json: row.counter === null ? (row.value ?? "null") : String(row.counter) }
}
