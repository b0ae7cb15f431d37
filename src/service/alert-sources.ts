import type { EvaluateOptions } from "../alerts/checks/evaluate.ts"
import type { DigestSource } from "../alerts/digest/make-digest.ts"
import type { Forecaster } from "../forecast/create-forecaster.ts"
import type { Metrics } from "../metrics/create-metrics.ts"
import { toTrend } from "../metrics/report.ts"
import type { FunctionRecord } from "../model/function.ts"
import type { FunctionStore } from "../ports/storage.ts"

/** A backend elsewhere that let a rule wait so long in vain is not asked again for a while: a rule may be about hundreds of series. */
const longWaitMs = 1000
const spareMs = 300_000

/** What alerts about series read: what was measured, which functions there are, and what comes next. */
export function createAlertSources({
  metrics,
  functions,
  forecaster,
  now,
}: {
  readonly metrics: Pick<Metrics, "listSeries" | "readGroups">
  readonly functions: Pick<FunctionStore, "list">
  readonly forecaster: Pick<Forecaster, "forecast">
  readonly now: () => number
}): EvaluateOptions {
  let sparedUntil = Number.NEGATIVE_INFINITY
  return {
    source: { list: metrics.listSeries, read: metrics.readGroups },
    async listFunctions(organisation) {
      const all = await listAll(functions, organisation)
      return new Map(all.map(({ name, createdAt }) => [name, createdAt]))
    },
    async forecastOf(_organisation, { history, horizon, seasonLength, level }) {
      const begin = now()
      const isSpared = begin < sparedUntil && begin >= sparedUntil - spareMs
      const { mean, intervals, backend, fallbacks } = await forecaster.forecast(history, horizon, {
        ...{ seasonLength, levels: [level] },
        ...(isSpared && { backend: "combined" }),
      })
      if (fallbacks.length > 0 && now() - begin >= longWaitMs) sparedUntil = now() + spareMs
      const { lower = mean, upper = mean } = intervals[level] ?? {}
      return { mean, lower, upper, backend }
    },
  }
}

/** What reports are made of. */
export function createDigestSource(
  metrics: Pick<Metrics, "figures">,
  functions: Pick<FunctionStore, "list" | "listActivations">,
): DigestSource {
  return {
    async functions(organisation) {
      const all = await listAll(functions, organisation)
      return all.map(({ id, name }) => ({ functionId: id, name }))
    },
    figures: metrics.figures,
    toTrend,
    releases: (organisation, functionId) => functions.listActivations(organisation, functionId),
  }
}

async function listAll(
  functions: Pick<FunctionStore, "list">,
  organisation: string,
): Promise<readonly FunctionRecord[]> {
  const found: FunctionRecord[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await functions.list(organisation, { limit: 1000, ...(cursor && { cursor }) })
    found.push(...page.items)
    cursor = page.next
  }
  return found
}
