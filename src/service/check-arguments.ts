import { FunctionsError } from "../errors/functions-error.ts"
import { checkKeys } from "../model/check-keys.ts"
import { isRecord } from "../util/is-record.ts"
import { latestTime } from "../util/latest-time.ts"

/** Throws `FN_006` where an argument is not what a method takes; `doing` begins the message. */
export type ArgumentCheck = (doing: string, value: unknown) => void

/** What a method does, in words, and what it takes; arguments that it checks itself are left out or null. */
export type MethodChecks = readonly [doing: string, ...checks: readonly (ArgumentCheck | null)[]]

/** The checks of a face, method by method. */
export type FaceChecks<Face> = {
  readonly [Key in keyof Face]?: Face[Key] extends (...given: never[]) => Promise<unknown>
    ? MethodChecks
    : FaceChecks<Face[Key]>
}

/** What one field must be; null where the method looks at it itself. */
export type Field = readonly [test: (value: unknown) => boolean, wanted: string] | null

/**
 * Has a face refuse what is no argument of its methods: what is mistyped would have no effect, or too much. It is changed in
 * place.
 */
export function checkArguments<Face extends object>(face: Face, checks: FaceChecks<Face>): Face {
  const methods = face as Record<string, unknown>
  for (const key in checks) {
    const method = methods[key]
    const given = checks[key] as unknown
    if (typeof method === "function") methods[key] = checkMethod(method as Method, given as MethodChecks)
    else checkArguments(method as object, given as object)
  }
  return face
}

type Method = (...given: unknown[]) => Promise<unknown>

function checkMethod(method: Method, checks: MethodChecks): Method {
  return (...given) => {
    try {
      for (let index = 1; index < checks.length; index++)
        (checks[index] as ArgumentCheck | null)?.(checks[0], given[index - 1])
    } catch (error) {
      return Promise.reject(error)
    }
    return method(...given)
  }
}

/** A text that must be there. */
export function text(name: string): ArgumentCheck {
  return (doing, value) => checkField(doing, name, value, isText)
}

/** A list that must be there. */
export function list(name: string): ArgumentCheck {
  return (doing, value) => checkField(doing, name, value, isList)
}

/** An object that must be there, whose fields the method looks at itself. */
export function anObject(name: string): ArgumentCheck {
  return (doing, value) => checkField(doing, name, value, isObject)
}

/** An object that may be left out, with no other fields than these. */
export function object(name: string, fields: Readonly<Record<string, Field>>): ArgumentCheck {
  const check = requiredObject(name, fields)
  return (doing, value) => {
    if (value !== undefined) check(doing, value)
  }
}

/** An object that must be there, with no other fields than these. */
export function requiredObject(name: string, fields: Readonly<Record<string, Field>>): ArgumentCheck {
  return (doing, value) => {
    checkField(doing, name, value, isObject)
    checkKeys(doing, value as object, Object.keys(fields))
    for (const [key, field] of Object.entries(fields)) {
      const part: unknown = Reflect.get(value as object, key)
      if (field !== null && part !== undefined) checkField(doing, key, part, field)
    }
  }
}

/** Refuses an object all of whose fields are undefined: it is most probably a mistake, and would mean everything. */
export function notAllUndefined(name: string, check: ArgumentCheck): ArgumentCheck {
  return (doing, value) => {
    check(doing, value)
    const fields = Object.values((value ?? {}) as object)
    if (fields.length === 0 || fields.some((field) => field !== undefined)) return
    const message = `has only fields that are undefined; leave it out to ${doing} of all kinds`
    throw new FunctionsError("FN_006", `Cannot ${doing}: "${name}" ${message}.`, { issues: [{ path: name, message }] })
  }
}

function checkField(doing: string, path: string, value: unknown, [test, wanted]: NonNullable<Field>): void {
  if (test(value)) return
  const message = `must be ${wanted}, and is ${nameOf(value)}`
  throw new FunctionsError("FN_006", `Cannot ${doing}: "${path}" ${message}.`, { issues: [{ path, message }] })
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean" || typeof value === "number")
    return `${value}`
  if (typeof value === "string") return `"${value.slice(0, 80)}"`
  return Array.isArray(value) ? "a list" : names[typeof value as keyof typeof names]
}

const names = { object: "an object", function: "a function", symbol: "a symbol", bigint: "a bigint" }

export const isText: NonNullable<Field> = [(value) => typeof value === "string", "text"]
export const isFlag: NonNullable<Field> = [(value) => typeof value === "boolean", "true or false"]
export const isTime: NonNullable<Field> = [
  (value) => typeof value === "number" && Math.abs(value) <= latestTime,
  "epoch milliseconds",
]
export const isNumber: NonNullable<Field> = [(value) => typeof value === "number", "a number"]
/** Of a page: the last one's `next` is null. */
export const isCursor: NonNullable<Field> = [(value) => value === null || typeof value === "string", "text"]
/** Texts by their names. */
export const isTexts: NonNullable<Field> = [
  (value) => isRecord(value) && Object.values(value).every((one) => typeof one === "string"),
  "an object of texts",
]
export const isTimeRange: NonNullable<Field> = [
  (value) => isRecord(value) && isTime[0](value.from) && isTime[0](value.to),
  "{ from, to } in epoch milliseconds",
]
const isList: NonNullable<Field> = [Array.isArray, "a list"]
const isObject: NonNullable<Field> = [isRecord, "an object"]
export const isSignal: NonNullable<Field> = [
  (value) => isRecord(value) && typeof value.aborted === "boolean" && typeof value.addEventListener === "function",
  "an AbortSignal",
]

/** One of some words. */
export function oneOf(words: readonly string[]): NonNullable<Field> {
  return [(value) => words.includes(value as string), `one of ${words.join(", ")}`]
}
