import { z } from "zod"
import { refuseProto } from "./own-keys.ts"
import { dimensionCountIssue, dimensionNameIssue, dimensionValueIssue, keyIssue, valueIssue } from "./point.ts"

const mustBeText = { message: "must be text" }

/** What a value is recorded under, by whoever records it. */
export const keySchema: z.ZodType<string> = z.string(mustBeText).superRefine(refuse(keyIssue))

/** What tells the series of one key apart. */
export const dimensionsSchema: z.ZodType<Readonly<Record<string, string>>> = refuseProto(
  z
    .record(
      z.string().superRefine(refuse(dimensionNameIssue)),
      z.string(mustBeText).superRefine(refuse(dimensionValueIssue)),
      { message: "must be an object of texts" },
    )
    .superRefine(refuse((dimensions) => dimensionCountIssue(Object.keys(dimensions).length))),
)

export const valueSchema: z.ZodType<number> = z
  .number({ message: "must be a finite number" })
  .superRefine(refuse(valueIssue))

/** When a value was measured. */
export const timeSchema: z.ZodType<number> = z.number({ message: "must be epoch milliseconds" })

function refuse<Value>(issueOf: (value: Value) => string | undefined) {
  return (value: Value, context: z.RefinementCtx): void => {
    const message = issueOf(value)
    if (message !== undefined) context.addIssue({ code: "custom", message })
  }
}
