import { z } from "@hono/zod-openapi"
import type { DeadLetter } from "../model/durable-call.ts"
import type { EnqueueOptions } from "../triggers/queue/durable-calls.ts"
import { latestTime } from "../util/latest-time.ts"
import { deadLetterKind } from "./dead-letter-schemas.ts"
import { type PageQuery, pageFields, wholeNumber } from "./queries.ts"

/** Which dead letters are meant. */
export interface LetterQuery {
  readonly kind?: DeadLetter["kind"] | undefined
  readonly function?: string | undefined
  readonly code?: string | undefined
  readonly replayed?: boolean | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** The query of the dead letters' list. */
export interface DeadLetterQuery extends PageQuery, LetterQuery {}

const letterFields = {
  function: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { message: "must be a function's name or id" })
    .optional()
    .openapi({ description: "A function's name or id." }),
  kind: deadLetterKind.optional().openapi({ description: "What it is." }),
  code: z
    .string()
    .regex(/^FN_\d{3}$/, { message: "must be an error code such as FN_004" })
    .optional()
    .openapi({ description: "The code of its last error." }),
  replayed: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional()
    .openapi({ type: "boolean", description: "Whether it was called again." }),
  from: wholeNumber(0, latestTime, "Accepted from then on: epoch milliseconds."),
  to: wholeNumber(0, latestTime, "Accepted before: epoch milliseconds."),
}

export const deadLetterQuery: z.ZodType<DeadLetterQuery> = z.object({ ...pageFields, ...letterFields })

/** What is mistyped, and a page, would have more removed than was meant. */
export const purgeQuery: z.ZodType<LetterQuery> = z.strictObject(letterFields)

type EnqueueQuery = Pick<EnqueueOptions, "delayMs" | "runAt" | "deadline" | "priority" | "idempotencyTtlMs">

const enqueueFields = z.strictObject({
  delayMs: wholeNumber(0, 31_622_400_000, "Wait so many milliseconds."),
  runAt: wholeNumber(0, latestTime, "Not before: epoch milliseconds."),
  deadline: wholeNumber(0, latestTime, "Not begun after: epoch milliseconds."),
  priority: z
    .string()
    .regex(/^-?\d{1,3}$/, { message: "must be a whole number from -100 to 100" })
    .transform(Number)
    .optional()
    .openapi({ type: "integer", description: "Among the organisation's calls, higher comes first: -100 to 100." }),
  idempotencyTtlMs: wholeNumber(1, 31_622_400_000, "For so many milliseconds the idempotency key counts."),
})

/** What the address of an enqueued call asks for. What is mistyped would have it run at another time than was meant. */
export const enqueueQuery = enqueueFields as unknown as z.ZodType<EnqueueQuery>

/** What the address of a message asks for. */
export const messageQuery = enqueueFields.pick({ delayMs: true, idempotencyTtlMs: true }) as unknown as z.ZodType<
  Pick<EnqueueQuery, "delayMs" | "idempotencyTtlMs">
>

/** What the address of a run asks for. */
export const startQuery = enqueueFields.pick({ idempotencyTtlMs: true }) as unknown as z.ZodType<
  Pick<EnqueueQuery, "idempotencyTtlMs">
>
