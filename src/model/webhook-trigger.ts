import { z } from "zod"
import { routePath } from "./route-path.ts"

/** Who sends, as far as signatures go. `none` signs nothing. */
export type WebhookProvider = "standard" | "github" | "stripe" | "slack" | "none"

/** Deliveries of another service, checked by their signature. */
export interface WebhookTrigger {
  readonly type: "webhook"
  /** Tells it from the other triggers of its target. @default its type */
  readonly name?: string
  /** Where deliveries are sent by POST, such as `/hooks/github`. */
  readonly path: string
  /** Whose signatures they have. @default "standard" */
  readonly provider?: WebhookProvider
  /** What signs them, best as `${secrets.NAME}`; several while they are rotated. */
  readonly secret?: string | readonly string[]
  /** Seconds that the sender's time may be from ours. @default 300 */
  readonly tolerance?: number
  /** @default true */
  readonly enabled?: boolean
}

const secret = z.string().min(1).max(500)
/** With a reference in it, it is known only when it is used. */
const standardSecret = /\$\{secrets\.|^(?:whsec_|whpk_)?[A-Za-z0-9+/]+={0,2}$/

/** Checks such a trigger. */
export const webhookTriggerSchema: z.core.$ZodTypeDiscriminable = z
  .strictObject({
    type: z.literal("webhook"),
    name: z.string().min(1).max(200).optional(),
    path: routePath,
    provider: z.enum(["standard", "github", "stripe", "slack", "none"]).optional(),
    secret: z.union([secret, z.array(secret).min(1).max(10)]).optional(),
    tolerance: z.number().int().min(1).max(86_400).optional(),
    enabled: z.boolean().optional(),
  })
  .superRefine(({ provider = "standard", secret }, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", path: ["secret"], message })
    if (provider === "none") {
      if (secret !== undefined) refuse('must not be given where provider is "none": nothing is checked')
    } else if (secret === undefined) {
      refuse('must be given to check signatures; provider "none" takes deliveries without them')
    } else if (provider === "standard" && [secret].flat().some((text) => !standardSecret.test(text))) {
      refuse("must be Base64 behind whsec_, a public key behind whpk_, or ${secrets.NAME}")
    }
  })
