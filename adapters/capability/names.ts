import { z } from "zod"

/** A name that a guest gives to what it stores. Storages have no text with NUL or half a character. */
export function nameSchema(maxLength = 512): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .refine((text) => !/\0|\p{Surrogate}/u.test(text), "must not hold NUL or lone surrogates")
}

/** The first characters of names; may be empty. */
export const prefixSchema: z.ZodType<string> = z.union([z.literal(""), nameSchema()])

/** A value that came as JSON; only `undefined` is none. */
export const jsonSchema: z.ZodType<unknown> = z.unknown().refine((value) => value !== undefined, "has no JSON form")

/** How many to list at once, and after what. */
export const pageFields: {
  readonly limit: z.ZodDefault<z.ZodNumber>
  readonly cursor: z.ZodOptional<z.ZodString>
} = {
  limit: z.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(512).optional(),
}

/** A page as the storage takes it: what is absent is not there. */
export function toPageRequest(page: { readonly limit: number; readonly cursor?: string | undefined }): {
  readonly limit: number
  readonly cursor?: string
} {
  const { limit, cursor } = page
  return cursor === undefined ? { limit } : { limit, cursor }
}
