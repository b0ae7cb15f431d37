import { z } from "@hono/zod-openapi"
import { hasScope } from "../../access/scopes.ts"
import { FunctionsError } from "../../errors/functions-error.ts"
import type { CallOperation } from "../access-table.ts"
import { callResponse } from "../call-response.ts"
import { type Call, type Operations, rawOperation } from "../operation.ts"
import { notJson, readJsonText } from "../read-body.ts"
import { readTraceContext } from "../trace-context.ts"

/** The body goes to the sandbox as it came: neither parsed nor copied on the way. */
async function invoke(call: Call): Promise<Response> {
  const { request, functions, params, prefix, identity } = call
  const text = await readJsonText(request, call.maxBodyBytes)
  const options = { signal: request.signal, external: true, ...readTraceContext(request.headers) }
  try {
    const done = await functions.answerRaw(
      params.id ?? "",
      { type: "json", text: text === "" ? "null" : text },
      options,
    )
    return callResponse(done, { prefix, showsError: true, identity })
  } catch (error) {
    const isMissing = error instanceof FunctionsError && error.code === "FN_001"
    // Who may list the functions is told which name is near.
    if (isMissing && identity && hasScope(identity, "read")) await functions.get(toTarget(params.id))
    throw error instanceof SyntaxError ? notJson(error) : error
  }
}

/** The function alone, without the version or alias that may stand behind it. */
function toTarget(reference = ""): string {
  return reference.replace(/@.*$/s, "")
}

const invoking = {
  tag: "Calls",
  body: z.unknown().openapi({ description: "The event." }),
  bodyOptional: true,
  functionAnswers: true,
  answers: {
    200: {
      description: "What the function answered.",
      content: { "application/json": z.unknown() },
      headers: { "inlay-invocation-id": "The id of the invocation's record." },
    },
    204: { description: "The function answered nothing." },
  },
  handle: invoke,
} as const

/** Calling functions: both paths do the same. */
export const callOperations: Operations<CallOperation> = {
  invokeFunction: rawOperation({
    ...invoking,
    summary: "Call a function: the body is its event, the answer its output",
  }),
  runFunction: rawOperation({ ...invoking, summary: "Call a function, like /invoke" }),
}
