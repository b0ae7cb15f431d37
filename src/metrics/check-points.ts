import { z } from "zod"
import { FunctionsError } from "../errors/functions-error.ts"
import { toErrorIssues } from "../model/invalid.ts"
import type { NewPoint } from "../model/metrics.ts"
import { timeIssue } from "../model/point.ts"
import { dimensionsSchema, keySchema, timeSchema, valueSchema } from "../model/point-schema.ts"
import type { Point } from "./create-windows.ts"

const pointsSchema = z
  .array(
    z.strictObject({
      key: keySchema,
      value: valueSchema,
      at: timeSchema.optional(),
      dimensions: dimensionsSchema.optional(),
    }),
  )
  .min(1)
  .max(1000)

/** Gives points with their times; `FN_006`, with an issue for each wrong field, where one of them is none. */
export function checkPoints(given: readonly NewPoint[], now: number): readonly Point[] {
  const result = pointsSchema.safeParse(given)
  const issues = result.success
    ? result.data.flatMap(({ at }, index) => {
        const wrong = at === undefined ? undefined : timeIssue(at, now)
        return wrong === undefined ? [] : [{ path: `${index}.at`, message: wrong }]
      })
    : toErrorIssues(result.error).slice(0, 20)
  const [first] = issues
  if (result.success && first === undefined) {
    return result.data.map(({ key, value, at = now, dimensions = {} }) => ({ key, value, at, dimensions }))
  }
  throw new FunctionsError("FN_006", `Cannot record metrics: ${first?.path || "the points"} ${first?.message}.`, {
    issues,
  })
}
