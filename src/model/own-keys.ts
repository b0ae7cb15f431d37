import { z } from "zod"

/**
 * The same schema of a record, but that the key `__proto__`, which Zod would leave out without a word, is refused: whoever
 * sends it would think that it was taken.
 */
export function refuseProto<Value>(record: z.ZodType<Value>): z.ZodType<Value> {
  return z
    .unknown()
    .superRefine((given, context) => {
      if (typeof given !== "object" || given === null || !Object.hasOwn(given, "__proto__")) return
      context.addIssue({ code: "custom", path: ["__proto__"], message: "is no name that can be used" })
    })
    .pipe(record) as unknown as z.ZodType<Value>
}
