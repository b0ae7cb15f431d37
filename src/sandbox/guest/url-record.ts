import { host } from "./host.ts"
import { parse, quote, slice } from "./primordials.ts"

/** The parts of a URL, as the host's parser gives them. */
export interface UrlRecord {
  readonly href: string
  readonly origin: string
  readonly protocol: string
  readonly username: string
  readonly password: string
  readonly host: string
  readonly hostname: string
  readonly port: string
  readonly pathname: string
  readonly search: string
  readonly hash: string
}

/** The parts that a URL's setters change. */
export type UrlPart = Exclude<keyof UrlRecord, "origin">

/** Parses a URL; undefined where it is none. */
export function tryParseUrl(text: string, base?: string): UrlRecord | undefined {
  const answer = host("url.parse", "[" + quote(text) + "," + (base === undefined ? "null" : quote(base)) + "]")
  return answer === undefined ? undefined : (parse(answer as string) as UrlRecord)
}

/** Parses a URL, or throws a TypeError. */
export function parseUrl(text: string, base?: string): UrlRecord {
  const record = tryParseUrl(text, base)
  if (record === undefined) {
    const shown = text.length > 200 ? slice(text, 0, 200) + "…" : text
    throw new TypeError(
      'Cannot parse the URL "' +
        shown +
        '"' +
        (base === undefined ? "" : ' with the base "' + base + '"') +
        ": invalid URL",
    )
  }
  return record
}

/** Sets a part of a URL. */
export function setUrlPart(record: UrlRecord, part: UrlPart, value: string): UrlRecord | undefined {
  const answer = host("url.set", "[" + quote(record.href) + ',"' + part + '",' + quote(value) + "]")
  return answer === undefined ? undefined : (parse(answer as string) as UrlRecord)
}
