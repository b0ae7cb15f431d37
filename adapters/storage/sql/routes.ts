import type { Transaction } from "kysely"
import type { Trigger } from "../../../src/model/trigger-declaration.ts"
import type { CheckRoutes, RoutedTarget } from "../../../src/ports/routes.ts"
import type { Schema } from "./schema.ts"

/** Has it decided whether triggers may be declared, by what has routes within the transaction; nothing is read for those that have none. */
export async function decideRoutes(
  transaction: Transaction<Schema>,
  organisation: string,
  triggers: readonly Trigger[] | undefined,
  checkRoutes: CheckRoutes | undefined,
): Promise<void> {
  if (!checkRoutes || !triggers?.some(({ type }) => type === "http" || type === "webhook")) return
  checkRoutes(await readRouted(transaction, organisation))
}

async function readRouted(transaction: Transaction<Schema>, organisation: string): Promise<readonly RoutedTarget[]> {
  const functions = await transaction
    .selectFrom("inlay_functions")
    .select(["name", "triggers"])
    .where("organisation", "=", organisation)
    // A literal, because the index holds only the rows where it is 1.
    .where((where) => where("routed", "=", where.lit(1)))
    .execute()
  const webhooks = await transaction
    .selectFrom("inlay_triggers")
    .select(["target_kind", "target_name", "configuration"])
    .where("organisation", "=", organisation)
    .where("type", "=", "webhook")
    .execute()
  return [
    ...functions.map(({ name, triggers }) => ({
      kind: "function" as const,
      name,
      triggers: (JSON.parse(triggers) as readonly Trigger[]).filter(({ type }) => type === "http"),
    })),
    ...webhooks.map(({ target_kind, target_name, configuration }) => ({
      kind: target_kind,
      name: target_name,
      triggers: [JSON.parse(configuration) as Trigger],
    })),
  ]
}
