import { FunctionsError } from "../errors/functions-error.ts"
import type { ForecastFallback } from "../model/forecast.ts"
import { didYouMean, nearest } from "../util/nearest.ts"
import type { ForecastBackend } from "./backend.ts"
import type { ForecastRequest } from "./request.ts"

/** Who is to be asked, in order, and who cannot answer anyway. */
export interface ChosenBackends<Backend extends ForecastBackend> {
  readonly able: readonly Backend[]
  readonly unable: readonly ForecastFallback[]
}

/** The backend of that name, and then those that stand in for any. `FN_006` where no backend has the name. */
export function chooseBackends<Backend extends ForecastBackend>(
  backends: readonly Backend[],
  standIns: readonly Backend[],
  name: string,
  request: ForecastRequest,
): ChosenBackends<Backend> {
  const wanted = backends.find((backend) => backend.name === name)
  if (wanted === undefined) throw unknown(name, backends)
  const able: Backend[] = []
  const unable: ForecastFallback[] = []
  for (const backend of [wanted, ...standIns.filter((other) => other !== wanted)]) {
    const reason = whyNot(backend, request)
    if (reason === undefined) able.push(backend)
    else if (able.length === 0) unable.push({ backend: backend.name, reason })
  }
  return { able, unable }
}

function whyNot({ capabilities }: ForecastBackend, { history, horizon }: ForecastRequest): string | undefined {
  const { minimumHistory, maximumHorizon } = capabilities
  if (history.length < minimumHistory)
    return `It needs ${minimumHistory} points of history, and there are ${history.length}.`
  if (horizon > maximumHorizon) return `It goes ${maximumHorizon} points ahead, and the horizon is ${horizon}.`
  return undefined
}

function unknown(name: string, backends: readonly ForecastBackend[]): FunctionsError {
  const names = backends.map((backend) => backend.name)
  const problem = `there is no backend "${String(name).slice(0, 40)}"${didYouMean(nearest(String(name), names))}; there are ${names.join(", ")}`
  return new FunctionsError("FN_006", `Cannot forecast: backend: ${problem}.`, {
    issues: [{ path: "backend", message: problem }],
  })
}
