import type { Kysely, Selectable, Transaction } from "kysely"
import type { LayerRecord } from "../../../src/model/layer.ts"
import type { LayerCommit, LayerStore } from "../../../src/ports/layer-storage.ts"
import { insertBundle, removeUnusedBundle, toBundle } from "./bundles.ts"
import { changeRegistry, type Database } from "./database.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"
import { canBeVersion } from "./versions.ts"

/** Layers and who uses them. */
export function createLayerStore(database: Database): LayerStore {
  const { kysely } = database
  return {
    commit: (layer) =>
      changeRegistry(database, layer.organisation, async (transaction) => {
        const { organisation, name, bundle } = layer
        const known = await selectVersions(transaction, organisation, name)
          .where("bundle_hash", "=", bundle.hash)
          .executeTakeFirst()
        return known ? { layer: toRecord(known), added: false } : { layer: await add(transaction, layer), added: true }
      }),

    async find(organisation, name, version) {
      if (version !== undefined && !canBeVersion(version)) return null
      const row = await selectVersions(kysely, organisation, name)
        .$if(version !== undefined, (query) => query.where("number", "=", version ?? 0))
        .orderBy("number", "desc")
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? null : toRecord(row)
    },

    async findBundle(organisation, name, version) {
      if (!canBeVersion(version)) return null
      const row = await kysely
        .selectFrom("inlay_layer_versions as layer")
        .innerJoin("inlay_bundles as bundle", (join) =>
          join.onRef("bundle.organisation", "=", "layer.organisation").onRef("bundle.hash", "=", "layer.bundle_hash"),
        )
        .select(["bundle.hash", "bundle.code", "bundle.source_map"])
        .where("layer.organisation", "=", organisation)
        .where("layer.name", "=", name)
        .where("layer.number", "=", version)
        .executeTakeFirst()
      return row === undefined ? null : toBundle(row)
    },

    async list(organisation, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_layers as layer")
        .innerJoin("inlay_layer_versions as version", (join) =>
          join
            .onRef("version.organisation", "=", "layer.organisation")
            .onRef("version.name", "=", "layer.name")
            .onRef("version.number", "=", "layer.latest"),
        )
        .selectAll("version")
        .where("layer.organisation", "=", organisation)
        .$if(cursor !== undefined, (query) => query.where("layer.name", ">", cursor ?? ""))
        .orderBy("layer.name")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toRecord, (row) => row.name)
    },

    async listVersions(organisation, name) {
      const rows = await selectVersions(kysely, organisation, name).orderBy("number", "desc").execute()
      return rows.map(toRecord)
    },

    async listUses(organisation, name, version) {
      if (version !== undefined && !canBeVersion(version)) return []
      const rows = await kysely
        .selectFrom("inlay_version_layers as use")
        .innerJoin("inlay_functions as function", (join) =>
          join.onRef("function.organisation", "=", "use.organisation").onRef("function.id", "=", "use.function_id"),
        )
        .select(["use.layer_number as layer", "function.id as functionId", "function.name", "use.number as version"])
        .where("use.organisation", "=", organisation)
        .where("use.layer", "=", name)
        .$if(version !== undefined, (query) => query.where("use.layer_number", "=", version ?? 0))
        .orderBy("use.layer_number")
        .orderBy("use.function_id")
        .orderBy("use.number")
        .execute()
      return rows.map((row) => ({ ...row }))
    },

    remove: (organisation, name, version) =>
      changeRegistry(database, organisation, async (transaction) => {
        if (version !== undefined && !canBeVersion(version)) return "missing"
        const used = await transaction
          .selectFrom("inlay_version_layers")
          .select("number")
          .where("organisation", "=", organisation)
          .where("layer", "=", name)
          .$if(version !== undefined, (query) => query.where("layer_number", "=", version ?? 0))
          .limit(1)
          .executeTakeFirst()
        if (used) return "used"
        const removed = await transaction
          .deleteFrom("inlay_layer_versions")
          .where("organisation", "=", organisation)
          .where("name", "=", name)
          .$if(version !== undefined, (query) => query.where("number", "=", version ?? 0))
          .returning("bundle_hash")
          .execute()
        if (removed.length === 0) return "missing"
        await pointToLatest(transaction, organisation, name)
        for (const { bundle_hash } of removed) await removeUnusedBundle(transaction, organisation, bundle_hash)
        return "removed"
      }),
  }
}

/** The counter stays when the last version goes, so that no number means two things. */
async function add(transaction: Transaction<Schema>, layer: LayerCommit): Promise<LayerRecord> {
  const { organisation, name, bundle, exports, snapshotBytes, actor, createdAt } = layer
  const bundleBytes = await insertBundle(transaction, organisation, bundle)
  const { last_number } = await transaction
    .insertInto("inlay_layers")
    .values({ organisation, name, last_number: 1, latest: 1 })
    .onConflict((conflict) =>
      conflict.columns(["organisation", "name"]).doUpdateSet((set) => ({
        last_number: set("inlay_layers.last_number", "+", 1),
        latest: set("inlay_layers.last_number", "+", 1),
      })),
    )
    .returning("last_number")
    .executeTakeFirstOrThrow()
  const row = await transaction
    .insertInto("inlay_layer_versions")
    .values({
      organisation,
      name,
      number: last_number,
      bundle_hash: bundle.hash,
      bundle_bytes: bundleBytes,
      snapshot_bytes: snapshotBytes,
      exports: JSON.stringify(exports),
      actor,
      created_at: createdAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toRecord(row)
}

async function pointToLatest(transaction: Transaction<Schema>, organisation: string, name: string): Promise<void> {
  const last = await selectVersions(transaction, organisation, name)
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst()
  await transaction
    .updateTable("inlay_layers")
    .set({ latest: last?.number ?? null })
    .where("organisation", "=", organisation)
    .where("name", "=", name)
    .execute()
}

function selectVersions(kysely: Kysely<Schema>, organisation: string, name: string) {
  return kysely
    .selectFrom("inlay_layer_versions")
    .selectAll()
    .where("organisation", "=", organisation)
    .where("name", "=", name)
}

function toRecord(row: Selectable<Schema["inlay_layer_versions"]>): LayerRecord {
  return {
    organisation: row.organisation,
    name: row.name,
    version: row.number,
    contentHash: row.bundle_hash,
    exports: JSON.parse(row.exports),
    bundleBytes: row.bundle_bytes,
    snapshotBytes: row.snapshot_bytes,
    actor: row.actor,
    createdAt: Number(row.created_at),
  }
}
