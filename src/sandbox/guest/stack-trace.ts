import { apply, getOwnPropertyDescriptor, uncurry } from "./primordials.ts"

type Prepare = (error: unknown, sites: readonly unknown[]) => unknown

interface CallSite {
  getFileName(): string | null
  getFunctionName(): string | null
  getLineNumber(): number | null
  getColumnNumber(): number | null
  isNative(): boolean
}

/**
 * Puts itself between the engine and `Error.prepareStackTrace`: the engine's call sites hand out the functions on the
 * stack, the guest's own among them.
 */
export function guardStackTraces(): void {
  const setInner = uncurry(
    getOwnPropertyDescriptor(Error, "prepareStackTrace")?.set as (this: ErrorConstructor, prepare: unknown) => void,
  )
  let given: unknown
  const prepare = (error: unknown, sites: readonly CallSite[]): unknown => {
    const shown: unknown[] = []
    for (let index = 0; index < sites.length; index++) shown[index] = withoutFunctions(sites[index] as CallSite)
    return apply(given as Prepare, Error, [error, shown])
  }
  Object.defineProperty(Error, "prepareStackTrace", {
    get: () => given,
    set: (value: unknown) => {
      given = value
      setInner(Error, typeof value === "function" ? prepare : undefined)
    },
    enumerable: false,
    configurable: true,
  })
}

function withoutFunctions(site: CallSite): object {
  const fileName = site.getFileName()
  const functionName = site.getFunctionName()
  const lineNumber = site.getLineNumber()
  const columnNumber = site.getColumnNumber()
  const native = site.isNative()
  return {
    getFileName: () => fileName,
    getFunctionName: () => functionName,
    getLineNumber: () => lineNumber,
    getColumnNumber: () => columnNumber,
    isNative: () => native,
    getFunction: () => undefined,
    getThis: () => undefined,
    getTypeName: () => null,
    getMethodName: () => null,
    getEvalOrigin: () => undefined,
    isToplevel: () => false,
    isEval: () => false,
    isConstructor: () => false,
    toString: () =>
      (functionName ?? "<anonymous>") +
      " (" +
      (fileName ?? "native") +
      ":" +
      (lineNumber ?? 0) +
      ":" +
      (columnNumber ?? 0) +
      ")",
  }
}
