import type { WebhookProvider } from "../../model/webhook-trigger.ts"
import type { CheckSignature, Delivery, Refusal, SignatureRules } from "./delivery.ts"
import { checkGithub } from "./github.ts"
import { checkSlack } from "./slack.ts"
import { checkStandard } from "./standard.ts"
import { checkStripe } from "./stripe.ts"

const checks: Readonly<Record<WebhookProvider, CheckSignature>> = {
  standard: checkStandard,
  github: checkGithub,
  stripe: checkStripe,
  slack: checkSlack,
  none: () => null,
}

/** Whether a delivery is what its sender signed, and when; null where it is. `TypeError` where a secret cannot be one. */
export function checkSignature(provider: WebhookProvider, delivery: Delivery, rules: SignatureRules): Refusal | null {
  if (provider !== "none" && rules.secrets.some((secret) => secret === "")) throw new TypeError("it is empty")
  return checks[provider](delivery, rules)
}
