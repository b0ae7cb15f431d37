import type { Kysely, Selectable } from "kysely"
import type { VersionRecord } from "../../../src/model/function.ts"
import type { FunctionStore } from "../../../src/ports/storage.ts"
import { toBundle } from "./bundles.ts"
import type { Database } from "./database.ts"
import type { Schema } from "./schema.ts"

/** Versions and their bundles, read. */
export function createVersionEntries({
  kysely,
}: Database): Pick<FunctionStore, "findVersion" | "listVersions" | "findBundle"> {
  return {
    findVersion: (organisation, functionId, number) => findVersion(kysely, organisation, functionId, number),

    async listVersions(organisation, functionId) {
      const rows = await kysely
        .selectFrom("inlay_versions")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("function_id", "=", functionId)
        .orderBy("number", "desc")
        .execute()
      return rows.map(toVersionRecord)
    },

    async findBundle(organisation, functionId, number) {
      if (!canBeVersion(number)) return null
      const row = await kysely
        .selectFrom("inlay_versions as version")
        .innerJoin("inlay_bundles as bundle", (join) =>
          join
            .onRef("bundle.organisation", "=", "version.organisation")
            .onRef("bundle.hash", "=", "version.bundle_hash"),
        )
        .select(["bundle.hash", "bundle.code", "bundle.source_map"])
        .where("version.organisation", "=", organisation)
        .where("version.function_id", "=", functionId)
        .where("version.number", "=", number)
        .executeTakeFirst()
      return row === undefined ? null : toBundle(row)
    },
  }
}

/** A version by its number. */
export async function findVersion(
  kysely: Kysely<Schema>,
  organisation: string,
  functionId: string,
  number: number,
): Promise<VersionRecord | null> {
  if (!canBeVersion(number)) return null
  const row = await kysely
    .selectFrom("inlay_versions")
    .selectAll()
    .where("organisation", "=", organisation)
    .where("function_id", "=", functionId)
    .where("number", "=", number)
    .executeTakeFirst()
  return row === undefined ? null : toVersionRecord(row)
}

/** A version as the port knows it. */
export function toVersionRecord(row: Selectable<Schema["inlay_versions"]>): VersionRecord {
  return {
    functionId: row.function_id,
    organisation: row.organisation,
    number: row.number,
    contentHash: row.content_hash,
    configuration: JSON.parse(row.configuration),
    kind: row.kind,
    evaluatesPerCall: row.evaluates_per_call === 1,
    bundleBytes: row.bundle_bytes,
    createdAt: Number(row.created_at),
  }
}

/** Callers name any number, and PostgreSQL fails at one that its column cannot hold. */
export function canBeVersion(number: number): boolean {
  return Number.isInteger(number) && number > 0 && number < 2 ** 31
}
