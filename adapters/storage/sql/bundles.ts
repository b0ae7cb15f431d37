import type { Transaction } from "kysely"
import type { Bundle } from "../../../src/model/function.ts"
import type { Schema } from "./schema.ts"

/** Stores a bundle, unless it is there; gives the bytes of its code. */
export async function insertBundle(
  transaction: Transaction<Schema>,
  organisation: string,
  { hash, code, sourceMap }: Bundle,
): Promise<number> {
  const bytes = Buffer.from(code)
  await transaction
    .insertInto("inlay_bundles")
    .values({ organisation, hash, code: bytes, source_map: Buffer.from(sourceMap) })
    .onConflict((conflict) => conflict.columns(["organisation", "hash"]).doNothing())
    .execute()
  return bytes.byteLength
}

/** Removes a bundle that no version of a function or layer uses any more. */
export async function removeUnusedBundle(
  transaction: Transaction<Schema>,
  organisation: string,
  hash: string,
): Promise<void> {
  const isUsedBy = (table: "inlay_versions" | "inlay_layer_versions") =>
    transaction
      .selectFrom(table)
      .select("number")
      .where("organisation", "=", organisation)
      .where("bundle_hash", "=", hash)
  await transaction
    .deleteFrom("inlay_bundles")
    .where("organisation", "=", organisation)
    .where("hash", "=", hash)
    .where(({ not, or, exists }) =>
      not(or([exists(isUsedBy("inlay_versions")), exists(isUsedBy("inlay_layer_versions"))])),
    )
    .execute()
}

/** A stored bundle as the port knows it. */
export function toBundle(row: {
  readonly hash: string
  readonly code: Uint8Array | ArrayBuffer
  readonly source_map: Uint8Array | ArrayBuffer
}): Bundle {
  return { hash: row.hash, code: toText(row.code), sourceMap: toText(row.source_map) }
}

// Bundles are kept as bytes: text of PostgreSQL cannot hold U+0000, which is allowed in a script.
function toText(bytes: Uint8Array | ArrayBuffer): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
}
