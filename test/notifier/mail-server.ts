import type { AddressInfo } from "node:net"
import { SMTPServer } from "smtp-server"

/** A mail server on this machine. */
export interface MailServer {
  readonly url: string
  /** Messages as they came, the oldest first. */
  readonly messages: readonly { readonly from: string; readonly to: readonly string[]; readonly source: string }[]
  /** The code that it answers messages with, from now on; 250 takes them. */
  answer(code: number): void
  /** The code that it answers recipients with, by address, from now on; the others are taken. */
  answerRecipients(codes: Readonly<Record<string, number>>): void
  close(): Promise<void>
}

/** Starts one that takes what it is sent. */
export async function openMailServer(): Promise<MailServer> {
  const messages: MailServer["messages"][number][] = []
  let code = 250
  let codes: Readonly<Record<string, number>> = {}
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo({ address }, _, done) {
      const responseCode = codes[address]
      done(responseCode === undefined ? null : Object.assign(new Error("not you"), { responseCode }))
    },
    onData(stream, { envelope }, done) {
      let source = ""
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        source += chunk
      })
      stream.on("end", () => {
        if (code !== 250) {
          done(Object.assign(new Error("not now"), { responseCode: code }))
          return
        }
        const { mailFrom, rcptTo } = envelope
        messages.push({ from: mailFrom ? mailFrom.address : "", to: rcptTo.map(({ address }) => address), source })
        done()
      })
    },
  })
  server.on("error", () => {})
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    messages,
    answer(given) {
      code = given
    },
    answerRecipients(given) {
      codes = given
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
