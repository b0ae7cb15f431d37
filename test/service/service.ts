import { afterAll, beforeAll } from "vitest"
import type { CreateFunctionsOptions, FunctionsService, InvocationRecord } from "../../src/index.ts"
import { createFunctions } from "../../src/index.ts"

/** A service of one test file on the storage in memory, opened before its tests and closed after them. */
export function openService(options: CreateFunctionsOptions = {}): { readonly functions: FunctionsService } {
  const opened: { functions?: FunctionsService } = {}
  beforeAll(async () => {
    opened.functions = await createFunctions({ authenticate: "open", logger: silent, ...options })
  })
  afterAll(() => opened.functions?.close({ graceMs: 0 }))
  return {
    get functions() {
      if (!opened.functions) throw new Error("The service is not open yet.")
      return opened.functions
    },
  }
}

/** Resolves with the next record of a function. */
export function nextRecord(functions: FunctionsService, name: string): Promise<InvocationRecord> {
  return new Promise((resolve) => {
    const stop = functions.on("invocation.finished", (fact) => {
      if (fact.name !== name) return
      stop()
      resolve(fact)
    })
  })
}

/** A logger that says nothing. */
export const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** What a promise was rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise
  } catch (error) {
    return error as Record<string, unknown>
  }
  throw new Error("The promise was not rejected.")
}
