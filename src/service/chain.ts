import { FunctionsError } from "../errors/functions-error.ts"
import type { Lookup } from "../registry/lookup.ts"
import { decodeOutput } from "../util/decode-output.ts"
import { toSpanId } from "../util/id.ts"
import type { Invoke } from "./invoke.ts"

/**
 * Has the output of a function with a `chain` go through the functions that it names: the call comes to what the last one
 * came to, or the first that failed. Chains of those functions themselves are not gone.
 */
export function withChains(invoke: Invoke, lookup: Pick<Lookup, "resolve">): Invoke {
  return async (organisation, name, input, options) => {
    const found = lookup.resolve(organisation, name)
    const { name: first, chain: configured } = found instanceof Promise ? await found : found
    const { chain = configured, onLink, ...given } = options
    if (!chain || chain.length === 0) return invoke(organisation, name, input, given)
    // Only the last one answers the caller, and only the first one is called from outside.
    const { onAnswer, acceptsStream = false, ...quiet } = given
    const { external: _, ...inner } = quiet
    let call = await invoke(organisation, name, input, quiet)
    for (const [index, next] of chain.entries()) {
      if (!call.output) return call
      const { value } = await decodeOutput(call.output)
      const text = JSON.stringify(value ?? null)
      const isLast = index === chain.length - 1
      const { traceId, id, span } = call.invocation
      const own = {
        ...inner,
        traceId,
        parentSpanId: span?.id ?? toSpanId(id),
        ...(isLast && onAnswer && { onAnswer, acceptsStream }),
      }
      onLink?.(text)
      try {
        call = await invoke(organisation, next, { type: "json", text }, own)
      } catch (error) {
        throw toChainError(error, { first, next, index, invocationId: call.invocation.id })
      }
    }
    return call
  }
}

/** What a link that could not be called means for the call of the first. */
function toChainError(
  error: unknown,
  at: { readonly first: string; readonly next: string; readonly index: number; readonly invocationId: string },
): unknown {
  if (!(error instanceof FunctionsError)) return error
  const { first, next, index, invocationId } = at
  const { code, message, retryAfterSeconds } = error
  // The function that was called is there, and must not seem to be missing.
  if (code === "FN_001") {
    return new FunctionsError("FN_006", `Cannot call function "${first}": "${next}" of its chain is missing.`, {
      issues: [{ path: `chain.${index}`, message: "names no function" }],
    })
  }
  if (error.invocationId !== undefined) return error
  // Whoever tries again must know that something was done.
  const tells = { cause: error, invocationId, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
  return new FunctionsError(code, message, tells)
}
