import { z } from "zod"
import { type Capability, type CapabilityContext, defineCapabilityMethod } from "../../src/ports/capability.ts"
import { jsonSchema, nameSchema } from "./names.ts"

/** A message that a function sends. */
export interface QueueMessage {
  readonly queue: string
  /** A value that came as JSON. */
  readonly message: unknown
  /** Seconds that the message is to wait, at most ten years; 0 where the function asked for none. */
  readonly delay: number
}

/** How messages reach the host's queue. */
export interface QueueOptions {
  /** Hands a message over, and gives the id of the queue for it, or null. A `CapabilityError` reaches the function. */
  send(message: QueueMessage, context: CapabilityContext): Promise<string | null>
}

/** `queue`: messages of functions for the host's own queue. */
export function queueCapability(options: QueueOptions): Capability {
  return {
    description: "The host's queues.",
    methods: {
      send: defineCapabilityMethod({
        description: "Hands a message to a queue.",
        input: z.object({
          queue: nameSchema(200),
          message: jsonSchema,
          delay: z.number().min(0).max(315_360_000).default(0),
        }),
        output: z.object({ id: z.string().nullable() }),
        handle: async (input, context) => ({ id: await options.send(input, context) }),
      }),
    },
  }
}
