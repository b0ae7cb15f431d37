import { z } from "@hono/zod-openapi"
import type { ConfigurationInput } from "../model/configuration.ts"
import type { Deployment } from "../model/function.ts"
import { namePattern } from "../model/name.ts"
import type { DeployInput } from "../service/functions.ts"
import { jsonResponse } from "./answers.ts"
import { HttpError } from "./http-error.ts"
import { type Call, validateBody } from "./operation.ts"
import { mediaTypeOf, readBytes, readJson, refuseEncoding } from "./read-body.ts"

/** Code as JSON carries it: text, files by path, or a ZIP in base64. */
export interface JsonUpload {
  readonly source?: string | undefined
  readonly files?: Readonly<Record<string, string | { readonly base64: string }>> | undefined
  readonly zip?: string | undefined
  readonly config?: ConfigurationInput | undefined
}

/** What an upload says, before it is known which function it is for. */
export type Upload = Omit<DeployInput, "name" | "directory"> & { readonly name?: string }

const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, { message: "must be base64" })
  .openapi({ type: "string", format: "byte" })

const nameField = z
  .string()
  .regex(namePattern, { message: 'must begin with a letter and have at most 64 letters, digits, "_" and "-"' })

const sourceField = z.string().openapi({
  description: "Code text; TypeScript where it is not plain JavaScript.",
  example: "export default (event) => event",
})
const filesField = z
  .record(z.string(), z.union([z.string(), z.strictObject({ base64 })]))
  .openapi({ description: "Paths within the upload to text or base64." })
const zipField = base64.openapi({ description: "A ZIP archive." })

/** The configuration in a JSON body; the service validates it and names the path of what is wrong. */
export const configField: z.ZodType<ConfigurationInput | undefined> = z
  .record(z.string(), z.unknown())
  .optional()
  .openapi({ type: "object", description: "As in `function.config.json`; wins over the upload's own, key by key." })

/**
 * A JSON upload as it is read: which of its fields exclude each other is checked by hand, for a clear message.
 * There is no `directory`: that is the host's disk.
 */
const uploadSchema: z.ZodType<JsonUpload & { readonly name?: string | undefined }> = z.strictObject({
  name: nameField.optional(),
  source: sourceField.optional(),
  files: filesField.optional(),
  zip: zipField.optional(),
  config: configField,
}) as unknown as z.ZodType<JsonUpload & { readonly name?: string | undefined }>

/** The JSON body that deploys to the path's function, for the document. */
export const versionBody: z.ZodType = z.union(codeIn({})).openapi("NewVersion")

/** The JSON body that deploys, for the document. */
export const uploadBody: z.ZodType = z.union(codeIn({ name: nameField })).openapi("Upload")

/** The JSON body that creates a function, with code or without, for the document. */
export const newFunctionBody: z.ZodType = z
  .union([z.strictObject({ name: nameField, config: configField }), ...codeIn({ name: nameField })])
  .openapi("NewFunction")

/** The JSON body that deploys a layer, for the document. */
export const layerBody: z.ZodType = z
  .union([
    z.strictObject({ name: nameField, source: sourceField }),
    z.strictObject({ name: nameField, files: filesField }),
    z.strictObject({ name: nameField, zip: zipField }),
  ])
  .openapi("LayerUpload")

const form = z.object({
  name: z.string().optional().openapi({ description: "Left out, it is the file's name without `.zip`." }),
  file: z
    .string()
    .optional()
    .openapi({ format: "binary", description: "A ZIP archive; the field may also be called `zip`." }),
  source: z.string().optional().openapi({ description: "Code text, instead of a file." }),
})

/** A multipart upload, for the document. */
export const formSchema: z.ZodType = form
  .extend({ config: z.string().optional().openapi({ description: "The configuration as JSON text." }) })
  .openapi("UploadForm")

/** A multipart upload of a layer, for the document. */
export const layerFormSchema: z.ZodType = form.openapi("LayerForm")

/** Reads an upload: JSON, a multipart form, or the bytes of a ZIP. 415 for anything else. */
export async function readUpload(call: Call): Promise<Upload> {
  const type = mediaTypeOf(call.request)
  if (type === "multipart/form-data") return readForm(call)
  if (zipTypes.has(type)) {
    refuseEncoding(call.request)
    const name =
      new URL(call.request.url).searchParams.get("name") ?? call.request.headers.get("inlay-function-name") ?? undefined
    return { zip: await readBytes(call.request, call.maxBodyBytes), ...(name === undefined ? {} : { name }) }
  }
  const { name, config, ...code } = await readJsonUpload(call)
  return { ...toCode(code), ...(name === undefined ? {} : { name }), ...(config ? { config } : {}) }
}

/** Reads a JSON upload. */
export async function readJsonUpload(call: Call): Promise<JsonUpload & { readonly name?: string | undefined }> {
  const value = await readJson(call.request, call.maxBodyBytes)
  if (value === undefined) throw new HttpError(400, "Cannot read the upload: there is no body.")
  return validateBody(uploadSchema, value)
}

/** Turns the code of a JSON body into what the service takes; `FN_006` unless it is there exactly once. */
export function toCode(upload: Omit<JsonUpload, "config">): Pick<DeployInput, "source" | "files" | "zip"> {
  const given = Object.entries(upload).filter(([, value]) => value !== undefined)
  if (given.length !== 1) {
    const found = given.length === 0 ? "none of them is there" : `${given.map(([key]) => key).join(" and ")} are there`
    throw invalid("source", `Cannot deploy the upload: exactly one of source, files and zip must be given, ${found}.`)
  }
  if (upload.source !== undefined) return { source: upload.source }
  if (upload.zip !== undefined) return { zip: Buffer.from(upload.zip, "base64") }
  const files = Object.entries(upload.files ?? {}).map(
    ([path, content]) => [path, typeof content === "string" ? content : Buffer.from(content.base64, "base64")] as const,
  )
  return { files: Object.fromEntries(files) }
}

/** Answers a deployment as the stories write it. */
export function deployedResponse(
  deployment: Deployment,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const message = "Function deployed successfully"
  return jsonResponse({ message, function_id: deployment.functionId, ...deployment }, status, headers)
}

/** The refusal of an upload for what one of its fields says. */
export function invalid(path: string, message: string): HttpError {
  return new HttpError(422, message, { code: "FN_006", issues: [{ path, message }] })
}

/** One form of body for each way to bring code. */
function codeIn(more: Readonly<Record<string, z.ZodType>>): [z.ZodObject, z.ZodObject, z.ZodObject] {
  const withField = (field: Readonly<Record<string, z.ZodType>>) =>
    z.strictObject({ ...more, ...field, config: configField })
  return [withField({ source: sourceField }), withField({ files: filesField }), withField({ zip: zipField })]
}

const zipTypes = new Set(["application/zip", "application/x-zip-compressed", "application/octet-stream"])

async function readForm(call: Call): Promise<Upload> {
  refuseEncoding(call.request)
  const bytes = await readBytes(call.request, call.maxBodyBytes)
  const headers = { "content-type": call.request.headers.get("content-type") ?? "" }
  const form = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers }).formData().catch(() => {
    throw new HttpError(400, "Cannot read the body as a form: it is not well-formed multipart/form-data.")
  })
  const file = form.get("file") ?? form.get("zip")
  const source = form.get("source")
  const name = form.get("name")
  const config = readConfig(form.get("config"))
  if ((file === null) === (source === null)) {
    throw invalid("file", `Cannot deploy the form: exactly one of the fields file, zip and source must be given.`)
  }
  const named = typeof name === "string" ? name : file instanceof File ? nameOf(file) : undefined
  return {
    ...(typeof source === "string" ? { source } : { zip: await bytesOf(file ?? source) }),
    ...(named === undefined ? {} : { name: named }),
    ...(config ? { config } : {}),
  }
}

function readConfig(field: unknown): ConfigurationInput | undefined {
  if (field === null) return undefined
  try {
    const value: unknown = JSON.parse(typeof field === "string" ? field : "")
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
  } catch {
    // Text that is no JSON is refused below, like JSON that is no object.
  }
  throw invalid("config", "Cannot use the field config: it must be an object as JSON text.")
}

async function bytesOf(field: unknown): Promise<Uint8Array> {
  if (field instanceof File) return new Uint8Array(await field.arrayBuffer())
  throw invalid("file", "Cannot deploy the form: the field file is text, it must be a file.")
}

/** The file's own name, where that could be a function's. */
function nameOf(file: File): string | undefined {
  const name = file.name.replace(/\.zip$/i, "")
  return namePattern.test(name) ? name : undefined
}
