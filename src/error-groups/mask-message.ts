import { neutralise } from "../util/neutralise.ts"

/** What comes later says little of what kind a message is. */
const maxLength = 500
const quoted = /"[^"\n]*"|`[^`\n]*`|(?<![\p{L}\p{N}])'[^'\n]*'(?![\p{L}\p{N}])/gu
/** Of mail; what follows the last dot has letters alone, so that `package@1.2.3` is none. */
const address = /[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])/g
const words = /[A-Za-z0-9]+(?:[._:-][A-Za-z0-9]+)*/g
/** What goes before a number that is a code, as in `status 404`. */
const codeWord = /\b(?:code|status|http|errno|sqlstate|exit|signal)\W{0,3}$/i
/** `FN_003`, `E42P01`, `ORA-00942`. */
const code = /^(?=.{2,12}$)[A-Z]+(?:[_-]?[A-Z0-9]+)*$/
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const moment = /^\d[\d.:eTZ_-]*(?:[a-z]{1,3})?$/

/** A message without what varies from one failure to the next: quoted texts, addresses of mail, numbers and ids. Codes stay. */
export function maskMessage(message: string): string {
  return neutralise(message.slice(0, maxLength))
    .replace(quoted, (text) => `${text[0]}…${text[0]}`)
    .replace(address, "<address>")
    .replace(words, maskWord)
}

function maskWord(word: string, at: number, whole: string): string {
  if (!/\d/.test(word) || code.test(word) || codeWord.test(whole.slice(Math.max(0, at - 16), at))) return word
  // One of digits alone looks like a moment.
  if (uuid.test(word)) return "<id>"
  if (moment.test(word)) return "<n>"
  return word.replace(/[A-Za-z0-9]+/g, maskPart)
}

function maskPart(part: string): string {
  if (!/\d/.test(part)) return part
  if (/^\d+$/.test(part)) return "<n>"
  const [, letters] = /^([A-Za-z]{1,12})\d+$/.exec(part) ?? []
  return letters === undefined || /^[0-9a-f]{8,}$/i.test(part) ? "<id>" : `${letters}<n>`
}
