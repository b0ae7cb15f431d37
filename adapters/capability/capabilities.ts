/**
 * Abilities that a host gives to its functions, and what its own are made of.
 *
 * @example
 * ```ts
 * import { createFunctions } from "inlay"
 * import { authCapability, CapabilityError, defineCapabilityMethod } from "inlay/capabilities"
 * import { z } from "zod"
 *
 * const customers = new Map([["7", { name: "Ada" }]])
 * const functions = await createFunctions({
 *   capabilities: {
 *     auth: authCapability({ secret: "a secret of at least thirty-two bytes" }),
 *     crm: {
 *       methods: {
 *         find: defineCapabilityMethod({
 *           input: z.object({ id: z.string() }),
 *           output: z.object({ name: z.string() }),
 *           handle({ id }, { organisation }) {
 *             const found = customers.get(id)
 *             if (!found) throw new CapabilityError("NOT_FOUND", `${organisation} has no customer ${id}.`)
 *             return found
 *           },
 *         }),
 *       },
 *     },
 *   },
 * })
 * ```
 *
 * @module
 */

// What the host's own are made of
export { CapabilityError } from "../../src/errors/capability-error.ts"
export {
  type Capability,
  type CapabilityContext,
  type CapabilityMethod,
  defineCapabilityMethod,
} from "../../src/ports/capability.ts"
// Those that need something of the host
export { type AuthOptions, authCapability, type TokenRules } from "./auth.ts"
export { type EmailOptions, type EmailTemplate, type EmailToSend, emailCapability } from "./email.ts"
export { type QueueMessage, type QueueOptions, queueCapability } from "./queue.ts"
