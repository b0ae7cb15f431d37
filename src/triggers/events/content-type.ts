/** How a request carries events. `foreign` is a format of CloudEvents that is not JSON. */
export type ContentMode = "structured" | "batched" | "binary" | "foreign"

/** Tells the mode of a request from its content type. */
export function modeOf(contentType: string | null): ContentMode {
  const { type, isUtf8 } = parse(contentType ?? "")
  if (!type.startsWith("application/cloudevents")) return "binary"
  if (!isUtf8) return "foreign"
  if (type === "application/cloudevents+json") return "structured"
  return type === "application/cloudevents-batch+json" ? "batched" : "foreign"
}

/** What data of a content type is kept as. Text in another encoding than UTF-8 is kept as bytes. */
export function kindOfData(contentType: string): "json" | "text" | "bytes" {
  const { type, isUtf8, hasCharset } = parse(contentType)
  if (!isUtf8) return "bytes"
  if (/^[^/]+\/(?:[^/]+\+)?json$/.test(type)) return "json"
  const isText = /^text\/|\/xml$|\+xml$|^application\/x-www-form-urlencoded$/.test(type)
  return isText || hasCharset ? "text" : "bytes"
}

function parse(contentType: string) {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim().toLowerCase())
  const charset = parameters
    .find((parameter) => parameter.startsWith("charset="))
    ?.slice(8)
    .replaceAll('"', "")
  return { type, hasCharset: charset !== undefined, isUtf8: /^(?:utf-?8|us-ascii)$/.test(charset ?? "utf-8") }
}
