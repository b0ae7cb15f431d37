import type { Trigger } from "../model/trigger-declaration.ts"

/** A trigger for those who may only read: a reference to a secret is shown, a secret is not. */
export function hideSecrets<Shown extends Trigger>(trigger: Shown): Shown {
  if (trigger.type !== "webhook" || trigger.secret === undefined) return trigger
  const { secret } = trigger
  return { ...trigger, secret: typeof secret === "string" ? hide(secret) : secret.map(hide) }
}

function hide(secret: string): string {
  return /^\$\{secrets\.\w+\}$/.test(secret) ? secret : "(hidden)"
}
