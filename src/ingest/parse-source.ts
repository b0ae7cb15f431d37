import { z } from "zod"
import type { IngestSource, IngestSourceInput } from "../model/ingestion.ts"
import { invalid, toErrorIssues } from "../model/invalid.ts"
import { refuseProto } from "../model/own-keys.ts"
import { keyIssue } from "../model/point.ts"
import { dimensionsSchema } from "../model/point-schema.ts"
import { maxSentKey } from "./parse-point.ts"

const maxKeys = 1000

/** Also what the key of a source begins with may become: with another letter behind, it is a key. */
function isKeyOrBeginning(key: string): boolean {
  return keyIssue(key.endsWith("*") ? `${key.slice(0, -1)}a` : key) === undefined
}

const keysSchema = refuseProto(
  z
    .record(
      z
        .string()
        .min(1, { message: "must not be empty" })
        .max(maxSentKey, { message: `must have at most ${maxSentKey} characters` })
        .refine((key) => !key.slice(0, -1).includes("*"), { message: 'may have "*" at its end alone' }),
      z
        .string({ message: "must be text" })
        .refine(isKeyOrBeginning, { message: 'must be a key, or the beginning of one and "*"' }),
    )
    .refine((keys) => Object.keys(keys).length <= maxKeys, { message: `must be at most ${maxKeys}` })
    .superRefine((keys, context) => {
      for (const [from, to] of Object.entries(keys)) {
        if (from.endsWith("*") === to.endsWith("*")) continue
        context.addIssue({ code: "custom", path: [from], message: 'must have "*" at the end of both or of none' })
      }
    }),
)

/** What a source is, but for its name. */
export const sourceChangeSchema: z.ZodType<Omit<IngestSourceInput, "name">> = z.strictObject({
  enabled: z.boolean().optional(),
  dimensions: dimensionsSchema.optional(),
  keys: keysSchema.optional(),
}) as unknown as z.ZodType<Omit<IngestSourceInput, "name">>

const nameSchema = z.string({ message: "must be text" }).regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, {
  message: 'must begin with a letter, a digit or "_" and have at most 64 of them, "." and "-"',
})

/** A source as it comes from outside. */
export const sourceSchema: z.ZodType<IngestSourceInput> = z.strictObject({
  name: nameSchema,
  enabled: z.boolean().optional(),
  dimensions: dimensionsSchema.optional(),
  keys: keysSchema.optional(),
}) as unknown as z.ZodType<IngestSourceInput>

/** What is not done where a source is not valid. */
export const savingSource = "save the source"

/** A source with what it says by saying nothing. */
export type FilledSource = Pick<IngestSource, "name" | "enabled" | "dimensions" | "keys">

/** Reads a source; `FN_006` with the path of everything that is wrong. */
export function parseSource(value: unknown): FilledSource {
  const parsed = sourceSchema.safeParse(value)
  if (!parsed.success) throw invalid(savingSource, toErrorIssues(parsed.error))
  const { name, enabled = true, dimensions = {}, keys = {} } = parsed.data
  return { name, enabled, dimensions, keys }
}
