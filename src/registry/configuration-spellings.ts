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
  if (isRecord(result.environment)) result.environment = mapValues(result.environment, toText)
  if (Array.isArray(result.triggers)) result.triggers = result.triggers.map(toTrigger)
  return result
}

/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
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
const seconds: Readonly<Record<string, number>> = { "": 1, ms: 0.001, s: 1, sec: 1, m: 60, min: 60 }

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

function toTrigger(trigger: unknown): unknown {
  if (!isRecord(trigger)) return trigger
  const { timeZone, ...result } = trigger
  if (timeZone !== undefined) result.timezone ??= timeZone
  if (typeof result.auth === "boolean") result.auth = result.auth ? "required" : "none"
  if (typeof result.path === "string") {
    result.path = result.path.replace(/\{[A-Za-z_]\w*\+\}$/, "*").replace(/\{([A-Za-z_]\w*)\}/g, ":$1")
  }
  for (const key of ["method", "methods"]) {
    const value = result[key]
    if (typeof value === "string") result[key] = value.toUpperCase()
    if (Array.isArray(value)) result[key] = value.map((each) => (typeof each === "string" ? each.toUpperCase() : each))
  }
  if (typeof result.methods === "string") result.methods = [result.methods]
  return result
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
