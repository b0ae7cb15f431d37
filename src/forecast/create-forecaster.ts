import type { ForecastFallback } from "../model/forecast.ts"
import type { BackendDescription, Forecast, ForecastBackend, Outlook } from "./backend.ts"
import { builtInBackends } from "./built-in-backends.ts"
import { checkOutlook } from "./check-outlook.ts"
import { chooseBackends } from "./choose-backends.ts"
import { type ForecasterOptions, readForecasterOptions } from "./forecaster-options.ts"
import { type ForecastOptions, type ForecastRequest, type History, readRequest } from "./request.ts"

/** What the forecast of one call is made by, beside its settings. */
export interface ForecasterCall extends ForecastOptions {
  /** Ends the wait for a backend elsewhere. */
  readonly signal?: AbortSignal
}

/** Forecasts with a choice of backends. */
export interface Forecaster {
  /** The backends with what they can do, built-in ones first. */
  readonly backends: () => readonly BackendDescription[]
  /**
   * As `forecast`, by any of the backends; where a host's own fails, a built-in one answers, and `fallbacks` tells why.
   * Throws `FN_006` where an argument cannot be, and the signal's reason where that ends the call.
   */
  readonly forecast: (history: History, horizon: number, options?: ForecasterCall) => Promise<Forecast>
}

/** Makes a forecaster of the built-in backends and a host's own, which may be services elsewhere. */
export function createForecaster(options: ForecasterOptions = {}): Forecaster {
  const { backends: own, defaultBackend, timeoutMs, onError } = readForecasterOptions(options)
  const backends: readonly ForecastBackend[] = [...builtInBackends, ...own]
  return {
    backends: () => backends.map(({ name, capabilities }) => ({ name, ...capabilities })),
    async forecast(history, horizon, call = {}) {
      const request = readRequest(history, horizon, call, ["signal"])
      const { signal, backend: name = defaultBackend } = call
      const { able, unable } = chooseBackends<ForecastBackend>(backends, builtInBackends, name, request)
      return ask(able, unable, request, signal)
    },
  }

  function askOne(backend: ForecastBackend, request: ForecastRequest, signal: AbortSignal | undefined) {
    const builtIn = builtInBackends.find((one) => one === backend)
    if (builtIn) return builtIn.forecastInTurns(request, signal)
    const limit = withLimit(signal)
    return unlessAborted(backend.forecast(request, limit), limit)
  }

  function withLimit(signal: AbortSignal | undefined): AbortSignal | undefined {
    if (timeoutMs === undefined) return signal
    const limit = AbortSignal.timeout(timeoutMs)
    return signal ? AbortSignal.any([signal, limit]) : limit
  }

  async function ask(
    [backend, ...others]: readonly ForecastBackend[],
    fallbacks: readonly ForecastFallback[],
    request: ForecastRequest,
    signal: AbortSignal | undefined,
  ): Promise<Forecast> {
    signal?.throwIfAborted()
    // The last of the built-in ones takes any request.
    if (backend === undefined) throw new RangeError("Cannot forecast: no backend takes the request.")
    try {
      const outlook = checkOutlook(await askOne(backend, request, signal), request)
      return { ...outlook, backend: backend.name, fallbacks }
    } catch (error) {
      signal?.throwIfAborted()
      if (others.length === 0) throw error
      onError(error, { backend: backend.name })
      const reason = isTimeout(error) ? `It did not answer within ${timeoutMs} ms.` : toReason(error)
      return ask(others, [...fallbacks, { backend: backend.name, reason }], request, signal)
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError"
}

/** What a service elsewhere answers may be a whole page. */
const maxReason = 500

function toReason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, maxReason)
}

/** The outlook, or the signal's reason where that comes first: a backend may not heed the signal. */
function unlessAborted(answer: Outlook | Promise<Outlook>, signal: AbortSignal | undefined): Promise<Outlook> {
  if (signal === undefined) return Promise.resolve(answer)
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener("abort", abort, { once: true })
    Promise.resolve(answer)
      .finally(() => signal.removeEventListener("abort", abort))
      .then(resolve, reject)
  })
}
