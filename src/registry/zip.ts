import { promisify } from "node:util"
import { inflateRaw, inflateRawSync } from "node:zlib"
import { createBreather } from "../util/breather.ts"
import { crc32 } from "./crc32.ts"
import { createUploadCollector, type UploadCollector, type UploadFiles, type UploadLimits } from "./upload-collector.ts"
import { refuseEntry, refuseUpload } from "./upload-error.ts"
import { listZipEntries, type ZipEntry } from "./zip-entries.ts"

/** Below this an archive's ratio does not matter: so little cannot hurt, and short repetitive files reach any ratio. */
const harmlessBytes = 64 * 1024

/** What inflates faster than a thread takes to begin with it. */
const smallBytes = 16 * 1024

const inflateInThread = promisify(inflateRaw) as (
  bytes: Uint8Array,
  options: { maxOutputLength: number; chunkSize: number },
) => Promise<Buffer>

/**
 * Unpacks an archive in memory. Sizes, ratio and checksum are those of the bytes that come out, whatever its headers claim.
 * Where everything stands in one top folder, that folder is taken off.
 */
export async function readZip(archive: Uint8Array, limits: UploadLimits): Promise<UploadFiles> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  const collector = createUploadCollector(limits)
  const entries = await listZipEntries(bytes, collector.count)
  for (const entry of entries) collector.claim(entry.path)

  const breathe = createBreather()
  let unpackedBytes = 0
  for (const entry of entries) {
    await breathe()
    const content = await unpack(entry, collector, limits)
    unpackedBytes += content.length
    if (unpackedBytes > harmlessBytes && unpackedBytes > limits.maxRatio * bytes.length) {
      throw refuseEntry(entry.name, `takes the archive over ${limits.maxRatio} times its packed size`)
    }
    collector.keep(entry.path, content)
  }
  if (collector.files.size === 0) throw refuseUpload("the ZIP archive holds no files")
  return withoutTopFolder(collector.files)
}

async function unpack(entry: ZipEntry, collector: UploadCollector, limits: UploadLimits): Promise<Uint8Array> {
  const ratioBytes = Math.max(harmlessBytes, limits.maxRatio * entry.packed.length)
  const allowed = Math.min(collector.remainingBytes, limits.maxFileBytes, ratioBytes)
  if (entry.claimedBytes > allowed) {
    throw refuseEntry(
      entry.name,
      entry.claimedBytes > ratioBytes
        ? `unpacks to more than ${limits.maxRatio} times its packed size`
        : `takes the upload over its limit of ${Math.min(limits.maxBytes, limits.maxFileBytes)} bytes`,
    )
  }
  const content = entry.deflated ? await inflate(entry) : new Uint8Array(entry.packed)
  if (content.length !== entry.claimedBytes) throw refuseEntry(entry.name, "has not the size that its header claims")
  if ((await crc32InSteps(content)) !== entry.claimedCrc32) throw refuseEntry(entry.name, "has a bad checksum")
  return content
}

/** Stops as soon as more comes out than was claimed, so a lying header gains nothing. */
async function inflate(entry: ZipEntry): Promise<Uint8Array> {
  const options = {
    maxOutputLength: Math.max(1, entry.claimedBytes),
    chunkSize: Math.min(256 * 1024, Math.max(64, entry.claimedBytes + 1)),
  }
  try {
    return entry.claimedBytes <= smallBytes && entry.packed.length <= smallBytes
      ? inflateRawSync(entry.packed, options)
      : await inflateInThread(entry.packed, options)
  } catch (error) {
    const tooLong = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE"
    throw refuseEntry(entry.name, tooLong ? "unpacks to more than its header claims" : "is damaged or truncated")
  }
}

async function crc32InSteps(bytes: Uint8Array): Promise<number> {
  const breathe = createBreather()
  const step = 1024 * 1024
  let value = 0
  for (let start = 0; start < bytes.length; start += step) {
    await breathe()
    value = crc32(bytes.subarray(start, start + step), value)
  }
  return value
}

function withoutTopFolder(files: UploadFiles): UploadFiles {
  const first = files.keys().next().value ?? ""
  const prefix = first.slice(0, first.indexOf("/") + 1)
  // `src` is where sources are looked for anyway, and a handler may name it.
  if (prefix === "" || prefix === "src/") return files
  for (const path of files.keys()) {
    if (!path.startsWith(prefix)) return files
  }
  const stripped = new Map<string, Uint8Array>()
  for (const [path, bytes] of files) stripped.set(path.slice(prefix.length), bytes)
  return stripped
}
