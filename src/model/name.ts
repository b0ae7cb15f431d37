import { z } from "zod"
import { FunctionsError } from "../errors/functions-error.ts"

/** What names of functions and pipelines look like. Ids begin with a digit, so no name can be one. */
export const namePattern: RegExp = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

/** The organisation of the bare face. */
export const defaultOrganisation = "default"

/** Gives the name back, or throws `FN_006` where it is not one. */
export function checkName(kind: "function" | "layer" | "pipeline" | "alias" | "step", name: unknown): string {
  if (typeof name === "string" && namePattern.test(name)) return name
  const shown = typeof name === "string" ? `"${name.slice(0, 80)}"` : typeof name
  throw new FunctionsError(
    "FN_006",
    `Cannot name ${kind === "alias" ? "an" : "a"} ${kind} ${shown}: a name begins with a letter and has at most 64 letters, digits, "_" and "-".`,
    { issues: [{ path: "name", message: "must match ^[A-Za-z][A-Za-z0-9_-]{0,63}$" }] },
  )
}

/** A function as callers write it: by name or id, at a version number, at an alias, or at what is active. */
export interface FunctionReference {
  /** Name or id. */
  readonly target: string
  readonly version?: number
  readonly alias?: string
}

/** A function as a pipeline or a chain names it: name, id, `name@version` or `name@alias`. */
export const functionReferenceSchema: z.ZodType<string> = z
  .string()
  .regex(
    /^(?:[A-Za-z][A-Za-z0-9_-]{0,63}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@(?:[1-9][0-9]{0,8}|[A-Za-z][A-Za-z0-9_-]{0,63}))?$/,
    { message: 'must be "name", "id", "name@version" or "name@alias"' },
  )

/** Reads `name`, `id`, `name@version` and `name@alias`; `FN_001` where it is none of them. */
export function toFunctionReference(text: string): FunctionReference {
  const at = text.indexOf("@")
  if (at === -1) return { target: text }
  const target = text.slice(0, at)
  const selector = text.slice(at + 1)
  if (/^[1-9][0-9]{0,8}$/.test(selector)) return { target, version: Number(selector) }
  if (namePattern.test(selector)) return { target, alias: selector }
  throw new FunctionsError(
    "FN_001",
    `Cannot find function "${text.slice(0, 140)}": after "@" stands a version number or an alias.`,
  )
}

/** Whether this may be an organisation's id. */
export function isOrganisation(id: unknown): id is string {
  return typeof id === "string" && /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/.test(id)
}

/** Gives the organisation's id back; `TypeError` where it is none. */
export function checkOrganisation(id: unknown): string {
  if (isOrganisation(id)) return id
  throw new TypeError(
    `Cannot use organisation ${JSON.stringify(String(id).slice(0, 80))}: an id has at most 128 letters, digits, "_", ".", ":", "@" and "-".`,
  )
}
