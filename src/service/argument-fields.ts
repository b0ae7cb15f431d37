import type { PageInput } from "../model/page.ts"
import { isSpanId, isTraceId, spanIdForm, traceIdForm } from "../model/trace-context.ts"
import { type ArgumentCheck, type Field, isCursor, isNumber, object, text } from "./check-arguments.ts"

/** Every key of a type, which the compiler holds to it. */
export type Fields<Type> = { readonly [Key in keyof Required<Type>]: Field }
export type Words<Word extends string> = { readonly [Key in Word]: true }

/** Looked at by the methods. */
export const trace = { traceId: null, parentSpanId: null }
/** The same of calls that run at once. */
export const calledTrace: Fields<typeof trace> = {
  traceId: [isTraceId, traceIdForm],
  parentSpanId: [isSpanId, spanIdForm],
}
/** What a mount hands on of a caller's trace beside its ids. */
export const carried = { traceState: null, sampled: null }

export const id: ArgumentCheck = text("id")
export const name: ArgumentCheck = text("name")

const pageFields: Fields<PageInput> = { limit: isNumber, cursor: isCursor }
export const page: ArgumentCheck = object("page", pageFields)

/** Options of what is traced. */
export function options(fields: Readonly<Record<string, Field>>): ArgumentCheck {
  return object("options", { ...carried, ...fields })
}

/** What a list is narrowed by. */
export function filter(fields: Readonly<Record<string, Field>>): ArgumentCheck {
  return object("filter", fields)
}
