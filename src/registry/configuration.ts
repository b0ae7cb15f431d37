import type { z } from "zod"
import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import { type Configuration, configurationSchema } from "../model/configuration.ts"
import { isRecord } from "../util/is-record.ts"
import { didYouMean, nearest } from "../util/nearest.ts"
import { type ConfigurationReader, readConfigurationFile } from "./configuration-file.ts"
import { configurationKeys } from "./configuration-keys.ts"
import { toCanonicalSpelling } from "./configuration-spellings.ts"
import type { UploadFiles } from "./upload-collector.ts"

/** A configuration whose environment and triggers are there only where its author named them. */
export type WrittenConfiguration = Omit<Configuration, "environment" | "triggers"> &
  Partial<Pick<Configuration, "environment" | "triggers">>

/**
 * Merges configurations, later ones winning key by key (in `environment` and `network` each of theirs), and validates what comes
 * out. Throws `FN_006` with the path of everything that is wrong.
 */
export function checkConfiguration(...layers: readonly unknown[]): Configuration {
  return validate(mergeAll(layers))
}

/** The same, without the defaults of what belongs to the function and not to a version: a deploy keeps what it does not name. */
export function checkWrittenConfiguration(...layers: readonly unknown[]): WrittenConfiguration {
  const merged = mergeAll(layers)
  const { environment, triggers, ...own } = validate(merged)
  return {
    ...own,
    ...(merged.environment !== undefined && { environment }),
    ...(merged.triggers !== undefined && { triggers }),
  }
}

function mergeAll(layers: readonly unknown[]): Record<string, unknown> {
  let merged: Record<string, unknown> = {}
  for (const layer of layers) {
    if (layer === undefined) continue
    if (!isRecord(layer)) throw refuseConfiguration([{ path: "", message: "must be an object" }])
    refusePrototypeKeys(layer)
    merged = merge(merged, toCanonicalSpelling(layer))
  }
  return merged
}

function validate(merged: Readonly<Record<string, unknown>>): Configuration {
  const result = configurationSchema.safeParse(merged)
  if (result.success) return result.data
  throw refuseConfiguration(result.error.issues.flatMap(toIssues))
}

/**
 * Reads `function.config.*` at the upload's root, where there is one, and the argument, which wins key by key. Code is
 * evaluated in the sandbox. Throws `FN_006` where the configuration is not valid, `FN_005` where its code cannot be bundled.
 */
export async function readConfiguration(
  files: UploadFiles,
  argument: unknown,
  reader: ConfigurationReader,
): Promise<WrittenConfiguration> {
  return checkWrittenConfiguration(await readConfigurationFile(files, reader), argument)
}

/** The error for a configuration that is not valid. */
function refuseConfiguration(issues: readonly ErrorIssue[]): FunctionsError {
  const shown = issues.slice(0, 5).map(({ path, message }) => (path === "" ? message : `"${path}" ${message}`))
  const more = issues.length > shown.length ? `, and ${issues.length - shown.length} more` : ""
  return new FunctionsError("FN_006", `Cannot use the configuration: ${shown.join("; ")}${more}.`, { issues })
}

function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result = { ...base }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue
    const below = result[key]
    const isMerged = key === "environment" || key === "network"
    result[key] = isMerged && isRecord(below) && isRecord(value) ? { ...below, ...value } : value
  }
  return result
}

/** Zod passes over such a key in records; its author must hear of it, as of every key that means nothing. */
function refusePrototypeKeys(value: unknown, path: readonly string[] = []): void {
  if (typeof value !== "object" || value === null) return
  if (path.length > 20) throw refuseConfiguration([{ path: path.join("."), message: "is nested too deeply" }])
  for (const key of Object.keys(value)) {
    const here = [...path, key]
    if (key === "__proto__") throw refuseConfiguration([{ path: here.join("."), message: "is not a known key" }])
    refusePrototypeKeys((value as Record<string, unknown>)[key], here)
  }
}

function toIssues(issue: z.core.$ZodIssue): ErrorIssue[] {
  if (issue.code === "unrecognized_keys") {
    const known = configurationKeys(issue.path)
    return issue.keys.map((key) => {
      const near = nearest(key, known)
      const message = `is not a known key${didYouMean(near)}`
      return { path: [...issue.path, key].join("."), message, ...(near !== undefined && { suggestion: near }) }
    })
  }
  const nested = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined
  const message = nested ?? issue.message
  return [{ path: issue.path.join("."), message: message.charAt(0).toLowerCase() + message.slice(1) }]
}
