import { writeFile } from "node:fs/promises"
import { CommandError } from "./command-error.ts"

const timeoutMs = 30_000

/** What `inlay types` is told. */
export interface TypesOptions {
  /** Where the service is mounted. */
  readonly url: string
  readonly token: string | undefined
  /** The file to write; `write` takes the text without it. */
  readonly out: string | undefined
  readonly write: (text: string) => void
}

/** Fetches the declarations of what a running service gives to functions, and writes them. */
export async function writeTypes({ url, token, out, write }: TypesOptions): Promise<void> {
  const types = await fetchTypes(toAddress(url), token)
  if (out === undefined) return write(types)
  await writeFile(out, types).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`Cannot write "${out}": ${error.code ?? error.message}.`)
  })
}

function toAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw new CommandError(`"${url}" is no address of a service: it begins with http:// or https://.`, 2)
  }
  address.pathname = `${address.pathname.replace(/\/+$/, "")}/types`
  address.search = address.hash = ""
  return address
}

async function fetchTypes(address: URL, token: string | undefined): Promise<string> {
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  const signal = AbortSignal.timeout(timeoutMs)
  const [response, text] = await fetch(address, { headers, signal }).then(
    async (answer) => [answer, await answer.text()] as const,
    (error: Error) => {
      throw new CommandError(`Cannot reach ${address}: ${reasonOf(error)}.`)
    },
  )
  if (!response.ok) {
    throw new CommandError(`Cannot get ${address}: it answers ${response.status}${detailOf(text)}`)
  }
  if (!response.headers.get("content-type")?.startsWith("text/plain")) {
    throw new CommandError(`Cannot use ${address}: it answers no declarations; is --url where the service is mounted?`)
  }
  return text
}

/** What Node says is "fetch failed"; its cause knows more. */
function reasonOf(error: Error): string {
  const { code, message } = (error.cause ?? error) as NodeJS.ErrnoException
  return typeof code === "string" ? code : message
}

/** The service's own words, where they are some. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    if (typeof detail === "string") return `: ${detail}`
  } catch {
    // Somebody else answers at this address.
  }
  return "; is --url where the service is mounted?"
}
