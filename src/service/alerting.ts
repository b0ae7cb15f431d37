import { type Alerts, type CreateAlertsOptions, createAlerts } from "../alerts/create-alerts.ts"
import type { Forecaster } from "../forecast/create-forecaster.ts"
import type { Metrics } from "../metrics/create-metrics.ts"
import type { Storage } from "../ports/storage.ts"
import type { Lookup } from "../registry/lookup.ts"
import { createAlertSources, createDigestSource } from "./alert-sources.ts"
import type { CreateFunctionsOptions } from "./options.ts"

/** Sets the alerts up as the host has said. */
export function createAlerting(
  options: Omit<
    CreateAlertsOptions,
    | (
        | "store"
        | "queue"
        | "digestSource"
        | "findFunction"
        | "pollMs"
        | keyof NonNullable<CreateFunctionsOptions["alerts"]>
      )
    | keyof ReturnType<typeof createAlertSources>
  > &
    Pick<CreateFunctionsOptions, "alerts" | "queue"> & {
      readonly storage: Pick<Storage, "alerts" | "functions" | "queue">
      readonly metrics: Metrics
      readonly forecaster: Forecaster
      readonly lookup: Pick<Lookup, "find">
    },
): Alerts {
  const { storage, lookup, alerts, queue, metrics, forecaster, now } = options
  return createAlerts({
    ...options,
    ...alerts,
    ...createAlertSources({ metrics, functions: storage.functions, forecaster, now }),
    store: storage.alerts,
    queue: storage.queue,
    digestSource: createDigestSource(metrics, storage.functions),
    findFunction: async (organisation, name) => (await lookup.find(organisation, name)).name,
    pollMs: queue?.pollMs === undefined ? undefined : Math.max(30_000, queue.pollMs),
  })
}
