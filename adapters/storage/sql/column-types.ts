import type { ColumnType } from "kysely"

/** A 64-bit integer: PostgreSQL clients give it as text, SQLite as a number. */
export type BigInteger = ColumnType<number | string | bigint, number, number>

/** One that may be missing. */
export type NullableBigInteger = ColumnType<number | string | bigint | null, number | null, number | null>

/** Bytes: `libsql` gives them as an `ArrayBuffer`. */
export type Bytes = ColumnType<Uint8Array | ArrayBuffer, Uint8Array, Uint8Array>

/** JSON text. */
export type Json = string
