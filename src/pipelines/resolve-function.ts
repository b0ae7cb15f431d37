import { FunctionsError } from "../errors/functions-error.ts"
import type { BoundFunction } from "../model/pipeline.ts"
import type { FindPipeline } from "./measure-pipelines.ts"

/** A function as it is now, with the names of those that its output goes through. */
export interface FoundFunction extends BoundFunction {
  readonly chain?: readonly string[]
}

/** The command that tells what `name`, `id`, `name@version` or `name@alias` means now; null where there is none. */
export type ResolveFunction = (organisation: string, functionName: string) => Promise<FoundFunction | null>

/** What checking and binding ask. */
export interface BindingOptions {
  readonly resolve: ResolveFunction
  readonly find: FindPipeline
}

/** A reference that cannot be read names nothing either. */
export async function resolveOrNull(
  resolve: ResolveFunction,
  organisation: string,
  reference: string,
): Promise<FoundFunction | null> {
  try {
    return await resolve(organisation, reference)
  } catch (error) {
    if (error instanceof FunctionsError && error.code === "FN_001") return null
    throw error
  }
}
