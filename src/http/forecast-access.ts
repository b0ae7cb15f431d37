import type { OperationAccess } from "./operation-access.ts"

/** What comes next of what was measured. */
export type ForecastOperation =
  | "listForecasts"
  | "makeForecast"
  | "listForecastBackends"
  | "getForecastAccuracy"
  | "getForecast"
  | "evaluateForecast"

/** What has forecasts made again and again. */
export type ForecastScheduleOperation =
  | "listForecastSchedules"
  | "createForecastSchedule"
  | "getForecastSchedule"
  | "pauseForecastSchedule"
  | "resumeForecastSchedule"
  | "removeForecastSchedule"
  | "listForecastRuns"
  | "retryForecastRun"

/** Who may ask what comes next. */
export const forecastAccess: Readonly<Record<ForecastOperation | ForecastScheduleOperation, OperationAccess>> = {
  listForecastBackends: { method: "GET", path: "/forecasts/backends", scope: "read", kind: "management" },
  getForecastAccuracy: { method: "GET", path: "/forecasts/accuracy", scope: "read", kind: "management" },
  listForecastSchedules: { method: "GET", path: "/forecasts/schedules", scope: "read", kind: "management" },
  createForecastSchedule: { method: "POST", path: "/forecasts/schedules", scope: "write", kind: "management" },
  getForecastSchedule: { method: "GET", path: "/forecasts/schedules/{id}", scope: "read", kind: "management" },
  removeForecastSchedule: { method: "DELETE", path: "/forecasts/schedules/{id}", scope: "write", kind: "management" },
  pauseForecastSchedule: {
    method: "POST",
    path: "/forecasts/schedules/{id}/pause",
    scope: "write",
    kind: "management",
  },
  resumeForecastSchedule: {
    method: "POST",
    path: "/forecasts/schedules/{id}/resume",
    scope: "write",
    kind: "management",
  },
  listForecastRuns: { method: "GET", path: "/forecasts/schedules/{id}/runs", scope: "read", kind: "management" },
  retryForecastRun: {
    method: "POST",
    path: "/forecasts/schedules/{id}/runs/{run}/retry",
    scope: "write",
    kind: "management",
  },
  listForecasts: { method: "GET", path: "/forecasts", scope: "read", kind: "management" },
  makeForecast: { method: "POST", path: "/forecasts", scope: "write", kind: "management" },
  getForecast: { method: "GET", path: "/forecasts/{id}", scope: "read", kind: "management" },
  evaluateForecast: { method: "GET", path: "/forecasts/{id}/evaluation", scope: "read", kind: "management" },
}
