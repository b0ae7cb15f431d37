import { copyBytes } from "../bytes.ts"
import { cloneKinds } from "../clone-kinds.ts"
import { provide } from "../feature.ts"
import { type Headers, headerValue } from "../headers.ts"
import { bufferLength, typedArrayBuffer } from "../primordials.ts"
import { decodeUtf8Exactly } from "../text.ts"
import { searchPairs, URLSearchParams } from "../url-search-params.ts"
import { Blob, blobState, createBlob, isBlob } from "./blobs/blob.ts"
import { copyBlob, File } from "./blobs/file.ts"
import { createForm, type Entry, entriesOf, FormData, isForm } from "./blobs/form-data.ts"
import { extractMimeType, writeMimeType } from "./blobs/mime-type.ts"
import { parseMultipart, writeMultipart } from "./blobs/multipart.ts"

/** What bodies need of blobs and forms. */
interface BlobsFeature {
  /** The bytes that a blob or a form is as a body, which nobody may change, and its content type; undefined for anything else. */
  extract(init: object): { readonly source: ArrayBuffer; readonly type: string | null } | undefined
  /** Bytes that nobody else holds as a blob of the type that the headers name. */
  toBlob(bytes: ArrayBuffer, headers: Headers): object
  /** A body as a form, read as the headers say. */
  toForm(bytes: ArrayBuffer, headers: Headers): object
}

declare module "../feature.ts" {
  interface Features {
    blobs: BlobsFeature
  }
}

export default function define(): void {
  cloneKinds[cloneKinds.length] = { is: isBlob, clone: (value) => copyBlob(value as Blob) }
  provide("blobs", { Blob, File, FormData }, { extract, toBlob, toForm } satisfies BlobsFeature)
}

function extract(init: object): { readonly source: ArrayBuffer; readonly type: string | null } | undefined {
  if (isBlob(init)) {
    const { bytes, type } = blobState(init)
    return { source: wholeBuffer(bytes), type: type === "" ? null : type }
  }
  if (!isForm(init)) return undefined
  const { bytes, boundary } = writeMultipart(entriesOf(init))
  return { source: wholeBuffer(bytes), type: "multipart/form-data; boundary=" + boundary }
}

function toBlob(bytes: ArrayBuffer, headers: Headers): object {
  const type = extractMimeType(headerValue(headers, "content-type"))
  return createBlob(new Uint8Array(bytes), type === undefined ? "" : writeMimeType(type))
}

function toForm(bytes: ArrayBuffer, headers: Headers): object {
  const type = extractMimeType(headerValue(headers, "content-type"))
  if (type?.essence === "multipart/form-data") return createForm(parseMultipart(bytes, type.parameters.boundary))
  if (type?.essence === "application/x-www-form-urlencoded") {
    // The first question mark of a query is passed over; a form's own stays.
    return createForm(searchPairs(new URLSearchParams("?" + decodeUtf8Exactly(bytes))) as Entry[])
  }
  throw new TypeError(
    "Cannot read the body as a form: its content type is neither multipart/form-data nor application/x-www-form-urlencoded",
  )
}

/** The buffer of bytes that never change: their own where they fill it. */
function wholeBuffer(bytes: Uint8Array): ArrayBuffer {
  const buffer = typedArrayBuffer(bytes)
  return bufferLength(buffer) === bytes.length ? buffer : copyBytes(bytes)
}
