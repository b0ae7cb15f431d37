import { FunctionsError } from "../errors/functions-error.ts"
import type { Environment } from "../model/configuration.ts"

/** Where a function's `${secrets.NAME}` come from; undefined where the organisation has no such secret. */
export type SecretSource = (
  name: string,
  scope: { readonly organisation: string },
) => string | undefined | Promise<string | undefined>

const reference = /\$\{secrets\.([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Puts secrets into environments; `FN_006` naming the one that is missing. */
export function createSecretResolver(
  source: SecretSource | undefined,
): (organisation: string, environment: Environment) => Environment | Promise<Environment> {
  const withoutSecrets = new WeakSet<Environment>()

  async function resolve(organisation: string, environment: Environment): Promise<Environment> {
    const resolved: Record<string, string> = {}
    for (const [variable, text] of Object.entries(environment)) {
      resolved[variable] = await fill(source, organisation, text, (name) => {
        const issues = [{ path: `environment.${variable}`, message: `names the unknown secret "${name}"` }]
        return new FunctionsError("FN_006", `Cannot set variable "${variable}": there is no secret "${name}".`, {
          issues,
        })
      })
    }
    return resolved
  }

  return (organisation, environment) => {
    if (withoutSecrets.has(environment)) return environment
    if (Object.values(environment).some((text) => text.search(reference) !== -1)) {
      return resolve(organisation, environment)
    }
    withoutSecrets.add(environment)
    return environment
  }
}

/** Puts secrets into texts; rejects, naming the one that is missing, in words that are for the host alone. */
export function createTextResolver(
  source: SecretSource | undefined,
): (organisation: string, texts: readonly string[]) => Promise<readonly string[]> {
  const missing = (name: string) => new Error(`Cannot check a signature: there is no secret "${name}".`)
  return (organisation, texts) => Promise.all(texts.map((text) => fill(source, organisation, text, missing)))
}

async function fill(
  source: SecretSource | undefined,
  organisation: string,
  text: string,
  missing: (name: string) => Error,
): Promise<string> {
  const secrets = new Map<string, string>()
  for (const [placeholder, name = ""] of text.matchAll(reference)) {
    const secret = await source?.(name, { organisation })
    if (secret === undefined) throw missing(name)
    secrets.set(placeholder, secret)
  }
  // At once: a secret's own text may look like a place for another one.
  return text.replace(reference, (placeholder) => secrets.get(placeholder) ?? "")
}
