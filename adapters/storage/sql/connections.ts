import { type Selectable, sql } from "kysely"
import type { ConnectionRecord, ConnectionStore } from "../../../src/ports/connection-storage.ts"
import type { Database } from "./database.ts"
import type { Schema } from "./schema.ts"

const next = sql<number>`inlay_connections.revision + 1`

/** Accounts at providers. */
export function createConnectionStore({ kysely }: Database): ConnectionStore {
  return {
    async addPending({ organisation, stateHash, provider, sealed, expiresAt }, now) {
      await kysely.deleteFrom("inlay_pending_connections").where("expires_at", "<=", now).execute()
      await kysely
        .insertInto("inlay_pending_connections")
        .values({ organisation, state_hash: stateHash, provider, sealed, expires_at: expiresAt })
        .execute()
    },

    async takePending(organisation, stateHash) {
      const [row] = await kysely
        .deleteFrom("inlay_pending_connections")
        .where("organisation", "=", organisation)
        .where("state_hash", "=", stateHash)
        .returningAll()
        .execute()
      if (row === undefined) return null
      const { provider, sealed } = row
      return { organisation, stateHash, provider, sealed, expiresAt: Number(row.expires_at) }
    },

    async save({ organisation, provider, status, account, scopes, sealed, expiresAt, connectedAt, updatedAt }) {
      const columns = {
        status,
        account,
        scopes: JSON.stringify(scopes),
        sealed,
        expires_at: expiresAt,
        refreshing_until: null,
        connected_at: connectedAt,
        updated_at: updatedAt,
      }
      await kysely
        .insertInto("inlay_connections")
        // Beyond every revision of an account that was removed: whoever refreshes that one must not end here.
        .values({ organisation, provider, ...columns, revision: connectedAt })
        .onConflict((conflict) =>
          conflict.columns(["organisation", "provider"]).doUpdateSet({ ...columns, revision: next }),
        )
        .execute()
    },

    async find(organisation, provider) {
      const row = await kysely
        .selectFrom("inlay_connections")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("provider", "=", provider)
        .executeTakeFirst()
      return row === undefined ? null : toRecord(row)
    },

    async list(organisation) {
      const rows = await kysely
        .selectFrom("inlay_connections")
        .selectAll()
        .where("organisation", "=", organisation)
        .orderBy("provider")
        .execute()
      return rows.map(toRecord)
    },

    async beginRefresh(organisation, provider, { revision, until, now }) {
      const [row] = await kysely
        .updateTable("inlay_connections")
        .set({ refreshing_until: until, revision: next })
        .where("organisation", "=", organisation)
        .where("provider", "=", provider)
        .where("revision", "=", revision)
        .where((or) => or.or([or("refreshing_until", "is", null), or("refreshing_until", "<=", now)]))
        .returning("revision")
        .execute()
      return row === undefined ? null : Number(row.revision)
    },

    async endRefresh(organisation, provider, revision, tokens) {
      const rows = await kysely
        .updateTable("inlay_connections")
        .set({
          refreshing_until: null,
          revision: next,
          ...(tokens && {
            status: tokens.status,
            scopes: JSON.stringify(tokens.scopes),
            sealed: tokens.sealed,
            expires_at: tokens.expiresAt,
            updated_at: tokens.updatedAt,
          }),
        })
        .where("organisation", "=", organisation)
        .where("provider", "=", provider)
        .where("revision", "=", revision)
        .returning("revision")
        .execute()
      return rows.length > 0
    },

    async remove(organisation, provider) {
      const [row] = await kysely
        .deleteFrom("inlay_connections")
        .where("organisation", "=", organisation)
        .where("provider", "=", provider)
        .returningAll()
        .execute()
      return row === undefined ? null : toRecord(row)
    },
  }
}

function toRecord(row: Selectable<Schema["inlay_connections"]>): ConnectionRecord {
  return {
    organisation: row.organisation,
    provider: row.provider,
    status: row.status,
    account: row.account,
    scopes: JSON.parse(row.scopes) as readonly string[],
    sealed: row.sealed,
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    refreshingUntil: row.refreshing_until === null ? null : Number(row.refreshing_until),
    revision: Number(row.revision),
    connectedAt: Number(row.connected_at),
    updatedAt: Number(row.updated_at),
  }
}
