/** Base64 as the web reads it: with white space, with or without padding. Undefined where it is not valid. */
export function decodeBase64(input: string): Buffer | undefined {
  const text = input.replace(/[\t\n\f\r ]+/g, "")
  const data = text.length % 4 === 0 ? text.replace(/={1,2}$/, "") : text
  if (data.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(data)) return undefined
  return Buffer.from(data, "base64")
}
