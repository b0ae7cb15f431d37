import { FunctionsError } from "../errors/functions-error.ts"
import type { LoadedModule } from "../ports/runtime.ts"
import { didYouMean, nearest } from "../util/nearest.ts"
import { plainNames } from "./plain-names.ts"

const maxShown = 20

/** Throws `FN_005`, naming what the module exports, where the configuration's handler is not among it. */
export function checkHandler(loaded: LoadedModule, wanted: string | undefined): void {
  if (loaded.handler !== "missing") return
  const exports = plainNames(loaded.exports)
  const shown = exports.slice(0, maxShown).join(", ") + (exports.length > maxShown ? " …" : "")
  const found = exports.length > 0 ? `it exports ${shown}` : "it exports nothing"
  const dot = wanted?.lastIndexOf(".") ?? 0
  const near = nearest(wanted?.slice(dot + 1) ?? "default", exports)
  const suggestion = wanted === undefined ? near : near && `${wanted.slice(0, dot)}.${near}`
  const fault =
    wanted === undefined
      ? "no default export is a function or has a fetch function"
      : `handler "${wanted}" names no exported function`
  const message = `${fault}; ${found}${didYouMean(suggestion)}`
  throw new FunctionsError("FN_005", `Cannot deploy: ${message}.`, {
    issues: [{ path: "handler", message, ...(suggestion !== undefined && { suggestion }) }],
  })
}
