/** What is measured side by side: Inlay, a queue and a system of durable workflows on PostgreSQL. */
export const systems = {
  Inlay: () => import("./inlay.mjs"),
  "pg-boss": () => import("../peers/pg-boss.mjs"),
  "DBOS Transact": () => import("../peers/dbos.mjs"),
}
