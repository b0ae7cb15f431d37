import { FunctionsError } from "../errors/functions-error.ts"
import { checkKeys } from "../model/check-keys.ts"
import type { ConfigurationInput, Environment } from "../model/configuration.ts"
import type { Tell } from "../model/facts.ts"
import type { ActivationReason, AliasRecord, Deployment, FunctionRecord } from "../model/function.ts"
import { checkName, toFunctionReference } from "../model/name.ts"
import type { Trigger } from "../model/trigger-declaration.ts"
import type { FunctionStore } from "../ports/storage.ts"
import { checkConfiguration, checkWrittenConfiguration } from "./configuration.ts"
import { type CheckTriggers, type Deployer, toDeployment } from "./deployer.ts"
import type { Lookup } from "./lookup.ts"
import { notFound } from "./not-found.ts"

/** What the catalogue needs from the rest of the service. */
export interface CatalogueOptions {
  readonly store: FunctionStore
  readonly lookup: Lookup
  readonly deployer: Deployer
  readonly checkTriggers: CheckTriggers
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
}

/** A change of what is not part of a version, or of what makes a new one. */
export interface CatalogueChange {
  readonly description?: string | null
  readonly environment?: Environment
  readonly triggers?: readonly Trigger[]
  readonly config?: ConfigurationInput
}

/** Everything about stored functions but deploying them. All of it throws `FN_001` for what does not exist. */
export interface Catalogue {
  create(organisation: string, name: string, config: ConfigurationInput | undefined): Promise<FunctionRecord>
  rollback(organisation: string, name: string, to: number | undefined, actor: string): Promise<Deployment>
  update(organisation: string, name: string, change: CatalogueChange, actor: string): Promise<FunctionRecord>
  setEnvironment(
    organisation: string,
    name: string,
    change: Readonly<Record<string, string | null>>,
  ): Promise<Environment>
  /** Gives the id of what was removed. */
  remove(organisation: string, name: string): Promise<string>
  setAlias(organisation: string, name: string, alias: string, version: number): Promise<AliasRecord>
  removeAlias(organisation: string, name: string, alias: string): Promise<void>
  promote(organisation: string, name: string, alias: string, actor: string): Promise<Deployment>
}

/** Creates a catalogue. */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { store, lookup, deployer, now, newId, tell } = options

  const find = (organisation: string, name: string) => lookup.find(organisation, toFunctionReference(name).target)

  async function activate(
    record: FunctionRecord,
    to: number | "previous",
    reason: ActivationReason,
    actor: string,
  ): Promise<Deployment> {
    const { organisation, id: functionId, name } = record
    const at = now()
    const result = await store.activate({ organisation, functionId, to, reason, activationId: newId(at), actor, at })
    if (!result) {
      if (to === "previous") throw notFound(`an earlier version of function "${name}"`, "none was active before")
      throw notFound(`version ${to} of function "${name}"`, "it has no version of this number")
    }
    lookup.invalidate(organisation)
    return toDeployment(result, tell)
  }

  function changed(record: FunctionRecord | null, organisation: string, name: string): FunctionRecord {
    lookup.invalidate(organisation)
    if (!record) throw notFound(`function "${name}"`, "it was removed meanwhile")
    return record
  }

  async function reconfigure(record: FunctionRecord, change: CatalogueChange, actor: string): Promise<void> {
    const { organisation, id, name, activeVersion } = record
    if (!change.config || Object.keys(change.config).length === 0) return
    const version = activeVersion === null ? null : await store.findVersion(organisation, id, activeVersion)
    if (!version) throw notFound(`a version of function "${name}"`, "no code was deployed to it yet")
    const { environment, triggers } = change
    // What is not named stays as it is stored then, not as it was read here: others change it too.
    const configuration = checkWrittenConfiguration(version.configuration, {
      ...change.config,
      ...(environment && { environment }),
      ...(triggers && { triggers }),
    })
    if (configuration.triggers) options.checkTriggers(organisation, name, configuration.triggers)
    await deployer.reconfigure(record, version, configuration, actor)
  }

  return {
    async create(organisation, rawName, config = {}) {
      const name = checkName("function", rawName)
      const { environment, triggers, description } = checkConfiguration(config)
      const checkRoutes = options.checkTriggers(organisation, name, triggers)
      const at = now()
      const given = { id: newId(at), organisation, name, description: description ?? null, environment, triggers }
      const record = await store.create({ ...given, activeVersion: null, createdAt: at, updatedAt: at }, checkRoutes)
      if (record) return changed(record, organisation, name)
      throw new FunctionsError("FN_006", `Cannot create function "${name}": there is one of this name already.`, {
        issues: [{ path: "name", message: "is taken" }],
      })
    },

    async rollback(organisation, name, to, actor) {
      if (to !== undefined && (!Number.isSafeInteger(to) || to < 1)) {
        throw new RangeError(`Cannot roll back to version ${to}: versions are numbered from 1.`)
      }
      return activate(await find(organisation, name), to ?? "previous", "rollback", actor)
    },

    async update(organisation, name, change, actor) {
      checkKeys(`update function "${name}"`, change, ["description", "environment", "triggers", "config"])
      const record = await find(organisation, name)
      const { description, environment, triggers } = change
      const checked = checkConfiguration({ ...(environment && { environment }), ...(triggers && { triggers }) })
      const checkRoutes = options.checkTriggers(organisation, record.name, checked.triggers)
      await reconfigure(record, change, actor)
      const updated = await store.update(organisation, record.id, {
        ...(description !== undefined && { description }),
        ...(environment && { environment: checked.environment }),
        ...(triggers && { triggers: checked.triggers, checkRoutes }),
        updatedAt: now(),
      })
      return changed(updated, organisation, name)
    },

    async setEnvironment(organisation, name, change) {
      const record = await find(organisation, name)
      const set = Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value ?? ""]))
      const { environment } = checkConfiguration({ environment: set })
      const checked = Object.fromEntries(
        Object.entries(change).map(([key, value]) => [key, value === null ? null : (environment?.[key] ?? "")]),
      )
      return changed(await store.changeEnvironment(organisation, record.id, checked, now()), organisation, name)
        .environment
    },

    async remove(organisation, name) {
      const record = await find(organisation, name)
      await store.remove(organisation, record.id)
      lookup.invalidate(organisation)
      tell("function.removed", { organisation, functionId: record.id, name: record.name })
      return record.id
    },

    async setAlias(organisation, name, rawAlias, version) {
      const alias = checkName("alias", rawAlias)
      const record = await find(organisation, name)
      const entry = { functionId: record.id, organisation, alias, version, updatedAt: now() }
      if (!(await store.setAlias(entry))) {
        throw notFound(`version ${version} of function "${record.name}"`, "it has no version of this number")
      }
      lookup.invalidate(organisation)
      return entry
    },

    async removeAlias(organisation, name, alias) {
      const record = await find(organisation, name)
      const removed = await store.removeAlias(organisation, record.id, alias)
      lookup.invalidate(organisation)
      if (!removed) throw notFound(`alias "${alias}" of function "${record.name}"`, "it has no such alias")
    },

    async promote(organisation, name, alias, actor) {
      const record = await find(organisation, name)
      const entry = await store.findAlias(organisation, record.id, alias)
      if (!entry) throw notFound(`alias "${alias}" of function "${record.name}"`, "it has no such alias")
      return activate(record, entry.version, "promote", actor)
    },
  }
}
