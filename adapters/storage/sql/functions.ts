import type { Environment } from "../../../src/model/configuration.ts"
import type { FunctionStore } from "../../../src/ports/storage.ts"
import { changeRegistry, type Database } from "./database.ts"
import { findFunction, listFunctions, listRoutedFunctions } from "./function-reading.ts"
import { insertFunction, removeFunction, updateFunction } from "./function-writing.ts"
import { decideRoutes } from "./routes.ts"

/** Functions themselves: adding, finding, changing, removing. */
export function createFunctionEntries(
  database: Database,
): Pick<
  FunctionStore,
  "create" | "findByName" | "findById" | "list" | "listRouted" | "update" | "changeEnvironment" | "remove"
> {
  const { kysely } = database
  return {
    create: (record, checkRoutes) =>
      changeRegistry(database, record.organisation, async (transaction) => {
        await decideRoutes(transaction, record.organisation, record.triggers, checkRoutes)
        const added = await insertFunction(transaction, record)
        return added ? await findFunction(transaction, record.organisation, "id", record.id) : null
      }),

    findByName: (organisation, name) => findFunction(kysely, organisation, "name", name),
    findById: (organisation, id) => findFunction(kysely, organisation, "id", id),

    list: (organisation, page) => listFunctions(kysely, organisation, page),
    listRouted: () => listRoutedFunctions(kysely),

    update: (organisation, id, { checkRoutes, ...change }) =>
      changeRegistry(database, organisation, async (transaction) => {
        await decideRoutes(transaction, organisation, change.triggers, checkRoutes)
        await updateFunction(transaction, organisation, id, change)
        return await findFunction(transaction, organisation, "id", id)
      }),

    changeEnvironment: (organisation, id, change, updatedAt) =>
      changeRegistry(database, organisation, async (transaction) => {
        const found = await findFunction(transaction, organisation, "id", id)
        if (found === null) return null
        const environment = mergeEnvironment(found.environment, change)
        await updateFunction(transaction, organisation, id, { environment, updatedAt })
        return { ...found, environment, updatedAt }
      }),

    remove: (organisation, id) =>
      changeRegistry(database, organisation, (transaction) => removeFunction(transaction, organisation, id)),
  }
}

function mergeEnvironment(environment: Environment, change: Readonly<Record<string, string | null>>): Environment {
  const merged = new Map<string, string | null>([...Object.entries(environment), ...Object.entries(change)])
  return Object.fromEntries([...merged].filter((entry): entry is [string, string] => entry[1] !== null))
}
