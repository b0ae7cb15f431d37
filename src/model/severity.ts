/** How urgent an alert is, the least first; and how serious what is unusual is. */
export const alertSeverities = ["low", "medium", "high", "critical"] as const

/** How urgent an alert is. */
export type AlertSeverity = (typeof alertSeverities)[number]
