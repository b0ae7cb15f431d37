/** A request as a curl command line states it. Knows the options that Inlay's own texts use, and refuses others. */
export function fromCurl(line: string): Request {
  const words = toWords(line)
  if (words.shift() !== "curl") throw new TypeError(`Cannot read "${line}": it does not begin with curl.`)
  const headers = new Headers()
  let url = ""
  let method = ""
  let body: string | undefined
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const value = (): string => words.shift() ?? ""
    if (word === "-s" || word === "-i") continue
    if (word === "-X") method = value()
    else if (word === "-H") {
      const [name = "", ...rest] = value().split(":")
      headers.set(name.trim(), rest.join(":").trim())
    } else if (word === "-d") body = value()
    else if (word.startsWith("-")) throw new TypeError(`Cannot read "${line}": the option ${word} is not known here.`)
    else url = word
  }
  return new Request(url, { method: method || (body === undefined ? "GET" : "POST"), headers, body: body ?? null })
}

/** Gives the curl command lines in a text, continuation lines joined. */
export function findCurls(text: string): readonly string[] {
  return text
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("curl "))
}

function toWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? "")
}
