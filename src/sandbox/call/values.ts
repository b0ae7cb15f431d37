import type { NewPoint } from "../../model/metrics.ts"
import {
  dimensionCountIssue,
  dimensionNameIssue,
  dimensionValueIssue,
  keyIssue,
  valueIssue,
} from "../../model/point.ts"
import { isRecord } from "../../util/is-record.ts"
import { parseRecord } from "../parse-record.ts"

/** How many values one call may record. */
export const maxValues = 1000

/** What a valid one comes to at most, whatever is escaped in it. */
const maxLength = 16_384

/** Reads what the guest has measured, or says why it cannot be recorded. */
export function readValue(text: string | undefined, at: number): Required<NewPoint> | string {
  if (text !== undefined && text.length > maxLength) return "the key and the dimensions are too long"
  const { key, value, dimensions = {} } = parseRecord(text)
  const issue = about("the key", keyIssue(key)) ?? about("the value", valueIssue(value)) ?? dimensionsIssue(dimensions)
  if (issue !== undefined) return issue
  return { key: key as string, value: value as number, dimensions: dimensions as Record<string, string>, at }
}

function dimensionsIssue(dimensions: unknown): string | undefined {
  if (!isRecord(dimensions)) return "the dimensions must be an object of texts"
  const entries = Object.entries(dimensions)
  const tooMany = about("the dimensions", dimensionCountIssue(entries.length))
  if (tooMany !== undefined) return tooMany
  for (const [name, value] of entries) {
    const issue = dimensionNameIssue(name) ?? dimensionValueIssue(value)
    if (issue !== undefined) return `"${name.slice(0, 80)}" of the dimensions ${issue}`
  }
  return undefined
}

function about(what: string, issue: string | undefined): string | undefined {
  return issue === undefined ? undefined : `${what} ${issue}`
}
