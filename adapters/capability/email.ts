import { z } from "zod"
import { CapabilityError } from "../../src/errors/capability-error.ts"
import { type Capability, type CapabilityContext, defineCapabilityMethod } from "../../src/ports/capability.ts"
import { escapeHtml, renderTemplate } from "./email-template.ts"

/** A message as the transport gets it: rendered, with at least one of `text` and `html`. */
export interface EmailToSend {
  readonly to: readonly string[]
  readonly from: string | undefined
  readonly replyTo: string | undefined
  readonly subject: string
  readonly text: string | undefined
  readonly html: string | undefined
}

/** What a template is made of; `{{name}}` is filled in from the message's data, escaped in `html`. */
export interface EmailTemplate {
  readonly subject: string
  readonly text?: string
  readonly html?: string
}

/** How e-mail of functions leaves the host. */
export interface EmailOptions {
  /** Sends one message, and gives the id of the transport for it, or null. A `CapabilityError` reaches the function. */
  send(message: EmailToSend, context: CapabilityContext): Promise<string | null>
  /** The sender of every message. Without it functions name their own. */
  readonly from?: string
  readonly templates?:
    | Readonly<Record<string, EmailTemplate>>
    | ((name: string, context: CapabilityContext) => EmailTemplate | undefined | Promise<EmailTemplate | undefined>)
  /** Receivers of one message. @default 50 */
  readonly maxReceivers?: number
}

// A line break would begin another header.
const line = z
  .string()
  .min(1)
  .max(998)
  .refine((text) => !/\p{Cc}/u.test(text), "must be one line")

/** `ada@example.com`, `Ada <ada@example.com>` or `"Lovelace, Ada" <ada@example.com>`: transports read lists out of anything else. */
const oneAddress = /^(?:[^",:;<>@()[\]\\]*<([^<>]+)>|"[^"\\]*" *<([^<>]+)>|[^<>]+)$/
const bareAddress = /^[^\s",:;<>@()[\]\\]+@[^\s",:;<>@()[\]\\]+$/
const address = line.refine((text) => {
  const match = oneAddress.exec(text)
  return match !== null && bareAddress.test(match[1] ?? match[2] ?? text)
}, "must be one address, such as ada@example.com")

/** `email`: messages through the host's transport, written out or made of templates. */
export function emailCapability(options: EmailOptions): Capability {
  const { maxReceivers = 50 } = options
  const input = z.object({
    to: z.preprocess((to) => (typeof to === "string" ? [to] : to), z.array(address).min(1).max(maxReceivers)),
    from: address.optional(),
    replyTo: address.optional(),
    subject: line.optional(),
    text: z.string().optional(),
    html: z.string().optional(),
    template: z.string().min(1).max(200).optional(),
    data: z.record(z.string(), z.unknown()).default({}),
  })

  async function findTemplate(name: string, context: CapabilityContext): Promise<EmailTemplate> {
    const { templates = {} } = options
    const found =
      typeof templates === "function"
        ? await templates(name, context)
        : Object.hasOwn(templates, name)
          ? templates[name]
          : undefined
    if (found) return found
    throw new CapabilityError("NOT_FOUND", `Cannot send e-mail: there is no template "${name}".`)
  }

  return {
    description: "E-mail through the host's transport.",
    methods: {
      send: defineCapabilityMethod({
        description: "Sends one message.",
        input,
        output: z.object({ id: z.string().nullable() }),
        async handle(message, context) {
          const template = message.template === undefined ? {} : await findTemplate(message.template, context)
          const { subject, text, html } = { ...template, ...withoutUndefined(message) }
          if (subject === undefined || (text === undefined && html === undefined)) {
            const missing = subject === undefined ? "a subject" : "text, html or a template"
            throw new CapabilityError("INVALID_INPUT", `Cannot send e-mail: it needs ${missing}.`)
          }
          if (options.from !== undefined && message.from !== undefined && message.from !== options.from) {
            throw new CapabilityError(
              "FORBIDDEN",
              `Cannot send e-mail from "${message.from}": the host sets the sender.`,
            )
          }
          const id = await options.send(
            {
              to: message.to,
              from: options.from ?? message.from,
              replyTo: message.replyTo,
              subject: renderTemplate(subject, message.data).replace(/\p{Cc}+/gu, " "),
              text: text === undefined ? undefined : renderTemplate(text, message.data),
              html: html === undefined ? undefined : renderTemplate(html, message.data, escapeHtml),
            },
            context,
          )
          return { id }
        },
      }),
    },
  }
}

function withoutUndefined(message: {
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
}): { subject?: string; text?: string; html?: string } {
  const { subject, text, html } = message
  return {
    ...(subject !== undefined && { subject }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
  }
}
