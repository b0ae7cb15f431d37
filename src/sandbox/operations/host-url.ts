/*
 * The host's URL parser, brought up to today's standard: versions of Node differ in which `xn--` labels they take, in
 * spaces at the end of an opaque path, and in `^` within a path.
 */
const partNames = ["href", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"]

/** A part of a URL that can be set. */
type UrlPart = Exclude<keyof UrlFields, "origin">

/** What a URL consists of. */
export type UrlFields = Readonly<
  Pick<
    URL,
    | "href"
    | "origin"
    | "protocol"
    | "username"
    | "password"
    | "host"
    | "hostname"
    | "port"
    | "pathname"
    | "search"
    | "hash"
  >
>

/** Whether this names a part of a URL that can be set. */
export function isUrlPart(part: string): part is UrlPart {
  return partNames.includes(part)
}

/** Parses a URL; undefined where it is none. */
export function parseUrl(text: string, base?: string): UrlFields | undefined {
  return parseWith([text, base ?? ""], (mark) => makeUrl(mark(text), base === undefined ? undefined : mark(base)))
}

/** Sets a part of a URL; undefined where it cannot be. */
export function setUrlPart(href: string, part: UrlPart, value: string): UrlFields | undefined {
  return parseWith([href, value], (mark) => {
    const url = makeUrl(mark(href))
    if (url === undefined) return undefined
    try {
      url[part] = mark(value)
    } catch {
      // Only `href` throws; the others pass over what they cannot use.
      return undefined
    }
    return makeUrl(url.href)
  })
}

type Mark = (text: string) => string

const punycode = /(xn)--/gi
const asIs: Mark = (text) => text

/**
 * A domain in ASCII alone is taken as it is, whatever its `xn--` labels hold. So such labels are hidden from the parser,
 * unless a label in Unicode stands beside them: then the parser judges the whole domain.
 */
function parseWith(texts: readonly string[], parse: (mark: Mark) => URL | undefined): UrlFields | undefined {
  const all = texts.join("\n")
  if (all.search(punycode) < 0) return describe(parse(asIs), asIs)
  const sign = unusedSign(all)
  const url = parse((text) => text.replace(punycode, `$1${sign}`))
  if (url?.hostname.includes("xn--")) return describe(parse(asIs), asIs)
  const signs = new RegExp(`(xn)${sign}`, "gi")
  return describe(url, (text) => text.replace(signs, "$1--"))
}

/** Two digits that follow `xn` nowhere, so that the hidden hyphens are found again. */
function unusedSign(text: string): string {
  const used = new Set(Array.from(text.matchAll(/xn(\d\d)/gi), (match) => match[1]))
  for (let number = 10; number < 100; number++) if (!used.has(`${number}`)) return `${number}`
  return "--"
}

function describe(url: URL | undefined, unmark: Mark): UrlFields | undefined {
  if (url === undefined) return undefined
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url
  const fields = { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash }
  if (unmark === asIs) return fields
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, unmark(text)])) as unknown as UrlFields
}

function makeUrl(text: string, base?: string): URL | undefined {
  try {
    const url = new URL(text, base)
    const path = url.pathname
    if (path.endsWith(" ")) return replacePath(url, `${path.slice(0, -1)}%20`)
    return path.startsWith("/") && path.includes("^") ? replacePath(url, path.replaceAll("^", "%5E")) : url
  } catch {
    return undefined
  }
}

function replacePath({ href, pathname }: URL, path: string): URL {
  const tail = href.search(/[?#]/)
  const end = tail < 0 ? href.length : tail
  return new URL(href.slice(0, end - pathname.length) + path + href.slice(end))
}
