import { FunctionsError } from "../errors/functions-error.ts"

/** The error for one entry of an upload that cannot be taken; `why` says what is wrong with it. */
export function refuseEntry(entry: string, why: string): FunctionsError {
  const path = shownName(entry)
  return new FunctionsError("FN_005", `Cannot take "${path}" from the upload: it ${why}.`, {
    issues: [{ path, message: why }],
  })
}

/** The error for an upload that cannot be taken as a whole. */
export function refuseUpload(why: string, cause?: unknown): FunctionsError {
  return new FunctionsError("FN_005", `Cannot read the upload: ${why}.`, {
    issues: [{ path: "", message: why }],
    ...(cause !== undefined && { cause }),
  })
}

/** A name as messages show it: short, and without characters that would break a line. */
function shownName(name: string): string {
  const short = name.length > 200 ? `${name.slice(0, 200)}…` : name
  return short.replace(/[\p{Cc}\p{Cs}\u2028\u2029"]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  })
}
