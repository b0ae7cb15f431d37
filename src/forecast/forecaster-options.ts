import { checkKeys } from "../model/check-keys.ts"
import { isRecord } from "../util/is-record.ts"
import type { ForecastBackend } from "./backend.ts"
import { builtInBackends } from "./built-in-backends.ts"

/** The backends of a host, beside the built-in ones. */
export interface ForecasterOptions {
  /** They are asked by name, and the built-in ones stand in for them. Each needs a name of its own. */
  readonly backends?: readonly ForecastBackend[]
  /**
   * Who answers where nobody is named.
   * @default "combined"
   */
  readonly defaultBackend?: string
  /**
   * How long a backend beside the built-in ones may take, in milliseconds; then a built-in one answers.
   * @default no limit
   */
  readonly timeoutMs?: number
  /** Hears of each backend that failed, while another one answered. */
  readonly onError?: (error: unknown, about: { readonly backend: string }) => void
}

const known: { readonly [Key in keyof Required<ForecasterOptions>]: true } = {
  ...{ backends: true, defaultBackend: true, timeoutMs: true, onError: true },
}

/** Of a timer: with more it goes off at once. */
const longestMs = 2_147_483_647

/** The options with their defaults: `TypeError` where one cannot be, `FN_006` where one is not known. */
export function readForecasterOptions(
  options: ForecasterOptions,
): Required<Omit<ForecasterOptions, "timeoutMs">> & { readonly timeoutMs: number | undefined } {
  if (!isRecord(options as unknown)) throw refused("the options must be an object, such as { backends: [] }")
  checkKeys("create forecaster", options, Object.keys(known))
  const { backends = [], defaultBackend = "combined", timeoutMs, onError = () => {} } = options
  if (timeoutMs !== undefined && !(Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= longestMs)) {
    throw refused(`timeoutMs: it is ${timeoutMs}, and must be a whole number above 0, up to ${longestMs}`)
  }
  if (typeof onError !== "function") throw refused("onError: it must be a function")
  if (!Array.isArray(backends as unknown)) throw refused("backends: it must be a list")
  backends.forEach((backend: unknown, index) => {
    const why = whyNoBackend(backend)
    if (why !== undefined) throw refused(`backends[${index}]${why}`)
  })
  const names = [...builtInBackends, ...backends].map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw refused(`two backends have the name "${twice}"`)
  if (!names.includes(defaultBackend)) throw refused(`defaultBackend: there is no backend "${defaultBackend}"`)
  return { backends, defaultBackend, timeoutMs, onError }
}

/** Says what is wrong with a host's backend: it would be found out by the first forecast. */
function whyNoBackend(backend: unknown): string | undefined {
  if (!isRecord(backend)) return ": it must be an object with name, capabilities and forecast"
  const { name, capabilities, forecast } = backend
  if (typeof name !== "string" || name === "") return ".name: it must be a text"
  if (typeof forecast !== "function") return ".forecast: it must be a function"
  if (!isRecord(capabilities)) return ".capabilities: it must be an object"
  const wrong = ["minimumHistory", "maximumHorizon"].find((count) => !isCount(capabilities[count]))
  return wrong && `.capabilities.${wrong}: it must be a number from 0`
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && value >= 0
}

function refused(problem: string): TypeError {
  return new TypeError(`Cannot create forecaster: ${problem}.`)
}
