import type { PipelineStore } from "../../../src/ports/pipeline-storage.ts"
import type { Database } from "./database.ts"

/** The outputs of steps that need not be computed again. */
export function createStepCacheEntries({
  kysely,
}: Database): Pick<PipelineStore, "findCached" | "keepCached" | "expireCached"> {
  return {
    async findCached(organisation, key, now) {
      const row = await kysely
        .selectFrom("inlay_step_cache")
        .select("output")
        .where("organisation", "=", organisation)
        .where("key", "=", key)
        .where("expires_at", ">", Math.round(now))
        .executeTakeFirst()
      return row === undefined ? null : { output: row.output }
    },
    async keepCached(organisation, key, output, until) {
      const kept = { output, expires_at: Math.round(until) }
      await kysely
        .insertInto("inlay_step_cache")
        .values({ organisation, key, ...kept })
        .onConflict((conflict) => conflict.columns(["organisation", "key"]).doUpdateSet(kept))
        .execute()
    },
    async expireCached(now, limit) {
      const expired = await kysely
        .selectFrom("inlay_step_cache")
        .select(["organisation", "key"])
        .where("expires_at", "<=", Math.round(now))
        .orderBy("expires_at")
        .limit(limit)
        .execute()
      for (const { organisation, key } of expired) {
        await kysely
          .deleteFrom("inlay_step_cache")
          .where("organisation", "=", organisation)
          .where("key", "=", key)
          // It may have been kept again meanwhile.
          .where("expires_at", "<=", Math.round(now))
          .execute()
      }
      return expired.length
    },
  }
}
