import { toTriggerSpelling } from "../model/trigger-spelling.ts"
import { isRecord } from "../util/is-record.ts"

/**
 * Brings the spellings that authors know from other products into the schema's: units in `memory` and `timeout`, `env`, a
 * file alone as `handler`, `internal` and `vpc` outside of `network`, methods in small letters, `{id}` in paths, numbers in the environment. What it does not know it
 * leaves to validation.
 */
export function toCanonicalSpelling(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  // `$schema` is for editors, and `name` is said by whoever deploys.
  const { $schema: _, name: __, env, internal, vpc, ...rest } = input
  const result: Record<string, unknown> = rest
  if (env !== undefined && result.environment === undefined) result.environment = env
  if (internal !== undefined || vpc !== undefined) result.network = toNetwork(result.network, { internal, vpc })
  if (typeof result.handler === "string") result.handler = toHandler(result.handler)
  if (typeof result.runtime === "string") result.runtime = toRuntime(result.runtime)
  if (typeof result.memory === "string") result.memory = toUnits(result.memory, megabytes)
  if (typeof result.timeout === "string") result.timeout = toUnits(result.timeout, seconds)
  if (isRecord(result.queue)) result.queue = mapValues(result.queue, toFlowControl)
  if (isRecord(result.environment)) result.environment = mapValues(result.environment, toText)
  if (Array.isArray(result.triggers)) result.triggers = result.triggers.map(toTriggerSpelling)
  return result
}

/** What stands in `network` itself wins. */
function toNetwork(network: unknown, outside: Readonly<Record<string, unknown>>): unknown {
  if (network !== undefined && !isRecord(network)) return network
  const given = Object.entries(outside).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), ...network }
}

/** A file alone means its default export. */
function toHandler(text: string): string {
  return text.replace(/^\.\//, "").replace(/\.(?:[cm]?[jt]s|[jt]sx)$/, ".default")
}

const megabytes: Readonly<Record<string, number>> = { "": 1, m: 1, mb: 1, mib: 1, g: 1024, gb: 1024, gib: 1024 }
const seconds: Readonly<Record<string, number>> = { "": 1, ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 }

/** What stands in `queue` has times in `period` and `timeout`. */
function toFlowControl(control: unknown): unknown {
  if (!isRecord(control)) return control
  const toSeconds = (value: unknown) => (typeof value === "string" ? toUnits(value, seconds) : value)
  const { period, timeout } = control
  return {
    ...control,
    ...(period !== undefined && { period: toSeconds(period) }),
    ...(timeout !== undefined && { timeout: toSeconds(timeout) }),
  }
}

function toUnits(text: string, units: Readonly<Record<string, number>>): unknown {
  const match = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]*)\s*$/i.exec(text)
  const factor = match?.[2] === undefined ? undefined : units[match[2].toLowerCase()]
  return match && factor !== undefined ? Number(match[1]) * factor : text
}

/** `node20`, `node:20`, `nodejs20.x` and `python-3.12` are what others write. */
function toRuntime(text: string): string {
  const match = /^(node|nodejs|python|go)[-:@]?(\d+(?:\.\d+)?)(?:\.x)?$/i.exec(text)
  if (!match?.[1]) return text
  const family = match[1].toLowerCase()
  return (family === "node" ? "nodejs" : family) + match[2]
}

function toText(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value
}

function mapValues(
  record: Readonly<Record<string, unknown>>,
  map: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
