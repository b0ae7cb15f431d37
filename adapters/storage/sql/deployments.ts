import type { Transaction } from "kysely"
import type { FunctionRecord, VersionRecord } from "../../../src/model/function.ts"
import type { DeploymentCommit, FunctionStore } from "../../../src/ports/storage.ts"
import { type Activation, insertActivation, listActivations, readActive } from "./activations.ts"
import { insertBundle } from "./bundles.ts"
import { changeRegistry, type Database } from "./database.ts"
import { findFunction } from "./function-reading.ts"
import { insertFunction, updateFunction } from "./function-writing.ts"
import { decideRoutes } from "./routes.ts"
import type { Schema } from "./schema.ts"
import { findVersion, toVersionRecord } from "./versions.ts"

/** What moves traffic: deployments, roll backs, promotions. */
export function createDeploymentEntries(
  database: Database,
): Pick<FunctionStore, "commit" | "activate" | "listActivations"> {
  return {
    commit: (deployment) =>
      changeRegistry(database, deployment.organisation, async (transaction) => {
        const { organisation, checkRoutes } = deployment
        await decideRoutes(transaction, organisation, deployment.triggers, checkRoutes)
        const target = await findOrAddFunction(transaction, deployment)
        const version =
          (await findByContent(transaction, target, deployment.contentHash)) ??
          (await addVersion(transaction, target, deployment))
        const { environment, triggers, description, at } = deployment
        const change = { environment, triggers, description, updatedAt: at }
        if (target.activeVersion === version.number) {
          await updateFunction(transaction, target.organisation, target.id, change)
          return { function: await read(transaction, target), version, activation: null }
        }
        const active = await readActive(transaction, target.organisation, target.id)
        const entry = { ...deployment, functionId: target.id, reason: "deploy" as const, version: version.number }
        const { position, record } = await insertActivation(transaction, entry, active?.position ?? null)
        await updateFunction(transaction, target.organisation, target.id, { ...change, activePosition: position })
        return { function: await read(transaction, target), version, activation: record }
      }),

    activate: (change) =>
      changeRegistry(database, change.organisation, async (transaction) => {
        const { organisation, functionId } = change
        const target = await findFunction(transaction, organisation, "id", functionId)
        const active = await readActive(transaction, organisation, functionId)
        const goal = await resolveGoal(transaction, change, active)
        const version = goal && (await findVersion(transaction, organisation, functionId, goal.version))
        if (!target || !goal || !version) return null
        if (active?.version === version.number) return { function: target, version, activation: null }
        const entry = { ...change, version: version.number }
        const { position, record } = await insertActivation(transaction, entry, goal.previous)
        const moved = { activePosition: position, updatedAt: change.at }
        await updateFunction(transaction, organisation, functionId, moved)
        return { function: await read(transaction, target), version, activation: record }
      }),

    listActivations: (organisation, functionId) => listActivations(database.kysely, organisation, functionId),
  }
}

type Activate = Parameters<FunctionStore["activate"]>[0]

/** Which version to activate, and which activation the next roll back goes to from there. */
async function resolveGoal(
  transaction: Transaction<Schema>,
  { organisation, functionId, to, reason }: Activate,
  active: Activation | null,
): Promise<{ readonly version: number; readonly previous: number | null } | null> {
  if (to !== "previous" && reason !== "rollback") return { version: to, previous: active?.position ?? null }
  for (let entry = active; entry !== null && entry.previous !== null; ) {
    entry = await readActive(transaction, organisation, functionId, entry.previous)
    // Back at an earlier state, the way back is the one that it had.
    if (entry !== null && (to === "previous" || entry.version === to)) return entry
  }
  return to === "previous" ? null : { version: to, previous: active?.position ?? null }
}

async function findOrAddFunction(
  transaction: Transaction<Schema>,
  { organisation, name, newFunctionId, environment = {}, triggers = [], description, at }: DeploymentCommit,
): Promise<FunctionRecord> {
  const found = await findFunction(transaction, organisation, "name", name)
  if (found !== null) return found
  const added: FunctionRecord = {
    id: newFunctionId,
    organisation,
    name,
    description: description ?? null,
    activeVersion: null,
    environment,
    triggers,
    createdAt: at,
    updatedAt: at,
  }
  await insertFunction(transaction, added)
  return added
}

async function findByContent(
  transaction: Transaction<Schema>,
  { organisation, id }: FunctionRecord,
  contentHash: string,
): Promise<VersionRecord | null> {
  const row = await transaction
    .selectFrom("inlay_versions")
    .selectAll()
    .where("organisation", "=", organisation)
    .where("function_id", "=", id)
    .where("content_hash", "=", contentHash)
    .executeTakeFirst()
  return row === undefined ? null : toVersionRecord(row)
}

async function addVersion(
  transaction: Transaction<Schema>,
  { organisation, id, name }: FunctionRecord,
  deployment: DeploymentCommit,
): Promise<VersionRecord> {
  const { bundle, layers = [] } = deployment
  const bundleBytes = await insertBundle(transaction, organisation, bundle)
  const row = await transaction
    .insertInto("inlay_versions")
    .values({
      organisation,
      function_id: id,
      number: await takeNumber(transaction, organisation, name),
      content_hash: deployment.contentHash,
      bundle_hash: bundle.hash,
      bundle_bytes: bundleBytes,
      configuration: JSON.stringify(deployment.configuration),
      kind: deployment.kind,
      evaluates_per_call: deployment.evaluatesPerCall ? 1 : 0,
      created_at: deployment.at,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  for (const layer of layers) {
    await transaction
      .insertInto("inlay_version_layers")
      .values({
        organisation,
        function_id: id,
        number: row.number,
        layer: layer.name,
        layer_number: layer.version,
      })
      .execute()
  }
  return toVersionRecord(row)
}

/** The counter stands apart from the function, so that it outlives it. */
async function takeNumber(transaction: Transaction<Schema>, organisation: string, name: string): Promise<number> {
  const { last_number } = await transaction
    .insertInto("inlay_version_counters")
    .values({ organisation, name, last_number: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(["organisation", "name"])
        .doUpdateSet((set) => ({ last_number: set("inlay_version_counters.last_number", "+", 1) })),
    )
    .returning("last_number")
    .executeTakeFirstOrThrow()
  return last_number
}

async function read(transaction: Transaction<Schema>, { organisation, id }: FunctionRecord): Promise<FunctionRecord> {
  const found = await findFunction(transaction, organisation, "id", id)
  if (found === null) throw new Error(`Cannot read function "${id}": it vanished within its own transaction`)
  return found
}
